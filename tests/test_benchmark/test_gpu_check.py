"""A machine with a GPU is checked in one command, another one is refused."""
import json
import runpy
from pathlib import Path

import pytest
import torch

from reldistill_benchmark import gpu
from reldistill_benchmark.suites import SUITES
from reldistill_mm.errors import BadInput, MissingInput

REPO = Path(__file__).resolve().parents[2]
TESTS = """import pytest
pytestmark = pytest.mark.gpu
def test_good(): pass
def test_bad(): assert False
def test_left_out(): pytest.skip('no second GPU')
"""


@pytest.fixture
def cuda(monkeypatch):
    """Say that there is a GPU; nothing of it is used."""
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(gpu, 'machine', lambda device: dict(device=device))


def test_without_a_gpu_it_ends_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    path = REPO / 'tools/gpu_check.py'
    monkeypatch.setattr('sys.argv', [
        str(path), '--json', str(tmp_path / 'a.json')])  # yapf: disable
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(path), run_name='__main__')
    assert end.value.code == 2 and not list(tmp_path.iterdir())
    line, = capsys.readouterr().err.splitlines()
    assert line.startswith('gpu_check.py: error: torch sees no GPU here')


def test_outcomes_of_tests(tmp_path):
    folder = tmp_path / 'tests'
    folder.mkdir()
    with pytest.raises(MissingInput, match="marked 'gpu'"):
        gpu.run_tests(folder)
    (folder / 'test_some.py').write_text(TESTS)
    (folder / 'test_other.py').write_text('def test_plain(): assert False\n')
    found = gpu.run_tests(folder)
    assert {
        name.rpartition('::')[2]: test['outcome']
        for name, test in found.items()
    } == dict(
        test_good='passed', test_bad='failed', test_left_out='skipped')
    with pytest.raises(MissingInput, match='clone the repository'):
        gpu.run_tests(tmp_path / 'none')


def test_one_file(tmp_path, monkeypatch, cuda):
    out = tmp_path / 'gpu.json'
    tests = dict(
        a=dict(outcome='passed', seconds=1.), b=dict(outcome='failed'))
    monkeypatch.setattr(gpu, 'run_tests', lambda folder: tests)

    def suites(suite, data, device, repetitions, counts, json_file):
        assert device == 'cuda' and suite in SUITES and json_file is None
        # What the tests showed is kept if a suite fails.
        assert json.loads(out.read_text())['tests'] == tests
        return dict(suites=dict(loss=[]), machine={})

    monkeypatch.setattr(gpu, 'run_suites', suites)
    outcomes = gpu.check_gpu(out, 'loss', tmp_path, 1, [8])
    assert outcomes == dict(passed=1, failed=1)
    assert json.loads(out.read_text()) == dict(
        machine=dict(device='cuda'), tests=tests, suites=dict(loss=[]))


def test_no_gpu_is_bad_input(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(BadInput, match='tools/benchmark.py --device cpu'):
        gpu.check_gpu(tmp_path / 'a', 'all', tmp_path, 1, [8])
