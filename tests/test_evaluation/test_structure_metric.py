"""The structure metric against the functions, and what it refuses."""
import pytest
import torch

from reldistill_mm.evaluation import StructureMetric
from reldistill_mm.evaluation.structure_metric import keep_lowest
from reldistill_mm.functional import structure_measures, unit_rows

META = dict(classes=('a', 'b', 'c'))


def sample(pairs=50, points=80):
    return dict(
        pairs=dict(point=torch.randint(0, points, (pairs, ))),
        eval_ann_info=dict(
            pts_semantic_mask=torch.randint(0, 4, (points, )).numpy()),
        pair_features=dict(
            student=unit_rows(torch.randn(pairs, 6)),
            teacher=unit_rows(torch.randn(pairs, 6))))


def build(**kwargs):
    metric = StructureMetric(**kwargs)
    metric.dataset_meta = META
    return metric


def test_equals_the_functions_where_all_rows_are_kept():
    samples = [sample() for _ in range(4)]
    metric = build()
    for item in samples:
        metric.process({}, [item])
    found = metric.evaluate(4)
    label = torch.cat([
        torch.as_tensor(
            s['eval_ann_info']['pts_semantic_mask'])[s['pairs']['point']]
        for s in samples
    ])
    counted = label < 3
    expected = structure_measures(
        *(torch.cat([s['pair_features'][name] for s in samples])[counted]
          for name in ('student', 'teacher')), label[counted], 3)
    assert found.pop('structure_rows') == int(counted.sum())
    assert found == pytest.approx(expected, rel=1e-5)


def test_keeps_few_rows_of_each_class_and_repeats():
    samples = [sample() for _ in range(6)]

    def run():
        metric = build(per_class=10, seed=2)
        for item in samples:
            metric.process({}, [item])
            assert sum(len(part['label']) for part in metric._parts) <= 60
        return metric.evaluate(6)

    first = run()
    assert first['structure_rows'] == 30
    assert run() == first


def test_rows_that_are_dropped_early_are_those_that_could_not_stay():
    metric = build(per_class=10, seed=2)
    samples = [sample() for _ in range(8)]
    draws = torch.Generator().manual_seed(2)
    everything = []
    for item in samples:
        metric.process({}, [item])
        point = item['pairs']['point']
        label = torch.as_tensor(
            item['eval_ann_info']['pts_semantic_mask'])[point].long()
        rows = dict(
            label=label,
            chance=torch.rand(len(label), generator=draws),
            **item['pair_features'])
        everything.append({n: c[label < 3] for n, c in rows.items()})
    assert float(metric._limit.max()) < 1
    found = keep_lowest(metric._parts, 10)
    wanted = keep_lowest(everything, 10)
    for name, column in wanted.items():
        assert torch.equal(found[name], column)


def test_sample_does_not_depend_on_how_it_is_split():
    rows = dict(
        label=torch.randint(0, 3, (200, )),
        chance=torch.rand(200),
        student=torch.arange(200))
    whole = keep_lowest([rows], 7)
    half = [{
        n: c[part]
        for n, c in rows.items()
    } for part in (slice(0, 90), slice(90, 200))]
    split = keep_lowest([keep_lowest([p], 7) for p in half] + [{}], 7)
    assert set(whole['student'].tolist()) == set(split['student'].tolist())


def test_refuses_data_without_images_or_labels():
    metric = build()
    bare = sample()
    del bare['pair_features']
    with pytest.raises(ValueError, match='paired_pipeline'):
        metric.process({}, [bare])
    with pytest.raises(ValueError, match="'x.bin' has none"):
        metric.process({},
                       [dict(sample(), eval_ann_info={}, lidar_path='x.bin')])
    with pytest.raises(ValueError, match='per_class'):
        StructureMetric(per_class=1)
