"""A tool answers what was typed before anything that takes time is imported.
"""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = sorted(
    path.stem for path in (ROOT / 'tools').glob('*.py')
    if path.stem not in ('_start', 'doctor', 'make_env'))
SLOW = ('torch', 'mmengine', 'mmdet3d', 'reldistill_mm.datasets')
CALL = """
import runpy, sys
sys.path.insert(0, {tools!r})
sys.argv = {argv}
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
except SystemExit as end:
    print(end.code, [name for name in {slow} if name in sys.modules])
"""
CONFIG = str(ROOT / 'configs/reldistill_nus.py')


def call(tool: str, *arguments: str) -> tuple[str, str]:
    """What a tool ends with and has imported, and what it says."""
    argv = [str(ROOT / f'tools/{tool}.py'), *arguments]
    code = CALL.format(tools=str(ROOT / 'tools'), argv=argv, slow=SLOW)
    result = subprocess.run([sys.executable, '-c', code],
                            capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1], result.stderr


@pytest.mark.parametrize('tool', TOOLS)
def test_help(tool):
    assert call(tool, '--help') == ('0 []', '')


@pytest.mark.parametrize('line, said', [
    ('add_kitti_cameras none.pkl', "none.pkl' does not exist"),
    ('add_scene_names none.pkl --root-path .', "none.pkl' does not exist"),
    ('browse_pairs none.py', "none.py' does not exist"),
    ('browse_pairs CONFIG --cfg-options x', 'takes KEY=VALUE'),
    ('cache_teacher none.py', "none.py' does not exist"),
    ('cache_teacher CONFIG --rank 2', '--rank 2 is not in'),
    ('compare_data none.bin none.bin', "none.bin' does not exist"),
    ('create_data nuscenes --root-path none', "none' does not exist"),
    ('create_data semantickitti --root-path none', "none' does not exist"),
    ('create_data folder none', "none' does not exist"),
    ('create_data what', 'invalid choice'),
    ('evaluate_teacher none.py', "none.py' does not exist"),
    ('export_zero_shot CONFIG none.pth --out x', "none.pth' does not exist"),
    ('export_zero_shot CONFIG x --out x --words a,a', 'more than'),
    ('make_superpixels none.py', "none.py' does not exist"),
    ('run_protocol --start random --protocols none.py', 'does not exist'),
    ('segment none.bin --model x', "none.bin' does not exist"),
    ('segment none.bin --model x --words ,', 'no word at place 1'),
    ('segment none.bin --model x --intensity nan', 'not in 0 to 255'),
    ('test CONFIG none.pth', "none.pth' does not exist"),
    ('test none.py none.pth', "none.py' does not exist"),
    ('train none.py', "none.py' does not exist"),
    ('train CONFIG --nope', 'unrecognized arguments'),
    ('train CONFIG --cfg-options x=[1', 'brackets'),
    ('train_tiny_clip --scenes 0', '--scenes must be positive'),
])
def test_what_is_wrong(line, said):
    tool, *arguments = line.replace('CONFIG', CONFIG).split()
    end, err = call(tool, *arguments)
    assert end == '2 []'
    assert f'{tool}.py: error: ' in err and said in err


@pytest.mark.slow
def test_the_package_is_whole_when_it_is_needed():
    code = ('import _start, sys\n'
            'from reldistill_mm.functional.prompts import parse_words\n'
            'assert "torch" not in sys.modules\n'
            'assert parse_words("a") == dict(a=["a"])\n'
            'from reldistill_mm.functional import label_table, voxelize\n'
            'import mmdet3d.registry, reldistill_mm\n'
            'assert callable(voxelize) and callable(label_table)\n'
            'assert reldistill_mm.config_path and reldistill_mm.functional\n'
            'assert reldistill_mm.functional.prompts\n'
            'assert "RelationalLoss" in mmdet3d.registry.MODELS\n')
    result = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                            cwd=ROOT / 'tools',
                            capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr
