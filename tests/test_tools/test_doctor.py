"""tools/doctor.py says what is wrong, in words, with the remedy."""
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import doctor  # noqa: E402


@pytest.fixture
def report() -> doctor.Report:
    return doctor.Report()


def test_a_whole_report(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['doctor.py', '--device', 'cpu'])
    assert doctor.main() == 0
    said = capsys.readouterr().out
    for title in ('system', 'python', 'memory', 'disk', 'packages', 'spconv',
                  'mmcv', 'CLIP cache', 'student'):
        assert f'\n{title} ' in f'\n{said}'
    for name in ('torch', 'mmdet3d', 'numpy', 'reldistill_mm'):
        assert f'{name} {metadata.version(name)}' in said
    assert 'voxels forward and backward' in said
    assert said.endswith('Nothing is wrong.\n')


@pytest.mark.parametrize('installed, words', [
    (['mmcv', 'mmcv-lite', 'spconv'], 'both installed'),
    (['mmcv'], 'no spconv installed'),
    (['mmcv', 'spconv', 'spconv-cu126'], 'spconv and spconv-cu126 installed'),
])
def test_packages_that_do_not_go_together(report, monkeypatch, installed,
                                          words):
    monkeypatch.setattr(doctor, 'version', lambda name: '1'
                        if name in installed else None)
    doctor.check_packages(report)
    assert len(report.problems) == 1 and words in report.problems[0]


def test_a_gpu_that_torch_cannot_use(report, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    monkeypatch.setattr('shutil.which', lambda name: f'/bin/{name}')
    doctor.check_torch(report)
    assert 'driver may be too old' in report.problems[0]


def test_spconv_for_the_cpu_beside_a_gpu(report, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    monkeypatch.setattr('cumm.tensorview.is_cpu_only', lambda: True)
    doctor.check_spconv(report)
    assert 'CUDA=cu126' in report.problems[0]


def test_mmcv_lite_alone(report, monkeypatch, tmp_path):
    (tmp_path / '__init__.py').touch()
    monkeypatch.setattr('mmcv.__file__', str(tmp_path / '__init__.py'))
    doctor.check_mmcv(report)
    assert 'mmcv_no_operators' in report.problems[0]


def test_what_cannot_be_imported_is_a_finding(report, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'mmdet3d.registry', None)
    monkeypatch.setattr(doctor, 'check_packages', doctor.check_student)
    report.attempt('student', doctor.check_student)
    assert 'failed: ModuleNotFoundError' in capsys.readouterr().out
    assert report.problems


def test_other_pythons_are_named(report, monkeypatch):
    monkeypatch.setattr(sys, 'version_info', (3, 14, 0))
    doctor.check_machine(report)
    assert '3.11 to 3.13' in report.problems[0]
