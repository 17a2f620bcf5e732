"""The toy's source, its runs, its verdicts; the whole study, small."""
import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from PIL import Image
from toy_clusters.report import judge
from toy_clusters.source import make_points, measured
from toy_clusters.study import SET_UPS
from toy_clusters.training import LOSSES, measured_steps, train

RUN = Path(__file__).resolve().parents[2] / 'projects/ToyClusters/run.py'


@pytest.mark.parametrize('clusters, dims', list(product((1, 3), (2, 3))))
def test_source_has_the_structure_of_the_paper(clusters, dims):
    points = make_points(clusters, dims, seed=5)
    assert measured(points.source) == pytest.approx((0.89, 0.66), abs=1e-4)
    torch.testing.assert_close(points.source.norm(dim=1), torch.ones(300))
    assert points.inputs.shape == (300, dims)
    assert points.cluster.unique().tolist() == list(range(clusters))


def test_three_clusters_are_told_apart():
    points = make_points(3, 2, seed=1)
    for rows in (points.inputs, points.source):
        centres = torch.stack(
            [rows[points.cluster == c].mean(0) for c in range(3)])
        nearest = torch.cdist(rows, centres).argmin(1)
        assert (nearest == points.cluster).float().mean() > 0.95


def test_hidden_share():
    """Nothing hidden: a smooth map; all hidden: inputs tell nothing."""
    errors = []
    for hidden in (0., 1.):
        points = make_points(1, 2, 0, hidden)
        ones = torch.ones(300, 1)
        x = points.inputs
        basis = torch.cat([ones, x, x**2, x**3, x[:, :1] * x[:, 1:]], 1)
        fit = basis @ torch.linalg.lstsq(basis, points.source).solution
        spread = points.source - points.source.mean(0)
        errors.append(float((fit - points.source).norm() / spread.norm()))
    assert errors[0] < 0.2 < 0.9 < errors[1]


def test_other_set_ups_are_refused():
    with pytest.raises(ValueError, match='got 2 in 2'):
        make_points(2, 2, 0)


def test_run_repeats_and_learns():
    points = make_points(3, 2, seed=0)
    run = train(points, 'similarity', 1e-2, 0, 30, shown=(0, 30))
    again = train(points, 'similarity', 1e-2, 0, 30)
    assert run.curves == again.curves
    assert run.curves['cosine'][-1] > 0.9 > run.curves['cosine'][0]
    assert run.final_loss == pytest.approx(
        1 - run.curves['cosine'][-1], abs=0.02)
    assert set(run.predictions) == {0, 30}
    assert measured_steps(30)[0] == 0 and measured_steps(30)[-1] == 30


def record(set_up, method, seed):
    """As the paper says: contrastive out, similarity in, relational near."""
    side = dict(contrastive=0.2, similarity=-0.1).get(method, -0.02)
    side *= 1 + 0.01 * seed
    return dict(
        set_up=set_up,
        method=method,
        seed=seed,
        uniformity=0.89 + side,
        tolerance=0.66 - side,
        modality_gap=abs(side),
        teacher_uniformity=0.89,
        teacher_tolerance=0.66)


def test_verdicts_follow_the_figures():
    runs = [record(*key) for key in product(SET_UPS, LOSSES, range(3))]
    for findings in judge(runs).values():
        assert len(findings) == 10
        assert {finding.verdict for finding in findings} == {'holds'}
    for run in runs:
        run['uniformity'] = 2 * 0.89 - run['uniformity']
    for findings in judge(runs).values():
        failing = [f.text for f in findings if f.verdict == 'fails']
        assert failing == [
            "contrastive: U above the source's",
            "similarity: U below the source's"
        ]


@pytest.mark.slow
def test_the_whole_study(tmp_path):
    subprocess.run([
        sys.executable,
        str(RUN), '--seeds', '0', '1', '--iterations', '2', '--out',
        str(tmp_path)
    ], check=True, stdout=subprocess.DEVNULL)  # yapf: disable
    results = json.loads((tmp_path / 'results.json').read_text())
    assert len(results['runs']) == len(SET_UPS) * len(LOSSES) * 2
    assert set(results['verdicts']) == set(SET_UPS)
    text = (tmp_path / 'results.md').read_text()
    assert '**three clusters, 3D**' in text and 'not settled' in text
    pictures = sorted(tmp_path.glob('*.png'))
    assert len(pictures) == 6
    assert all(Image.open(path).width > 500 for path in pictures)
