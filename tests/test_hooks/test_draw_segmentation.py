"""Pictures of a test on a machine without a screen."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from small_options import as_arguments, make_options

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks import DrawSegmentationHook

REPO = Path(__file__).resolve().parents[2]


def test_show_dir_draws_every_scan(keyframes, distilled, tiny_clip,
                                   clip_weights, tmp_path):
    options = make_options(
        str(keyframes), 'infos.pkl', tiny_clip,
        **{'model.teacher.pretrained': clip_weights})
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ('DISPLAY', 'WAYLAND_DISPLAY')
    }
    done = subprocess.run([
        sys.executable, REPO / 'tools/test.py',
        REPO / 'configs/reldistill_nus.py', distilled, '--work-dir', tmp_path,
        '--show-dir', 'shown', '--task', 'lidar_seg', *as_arguments(options)
    ], capture_output=True, text=True, env=environment,
                          cwd=tmp_path)  # yapf: disable
    assert done.returncode == 0, done.stderr[-2000:]
    pictures = sorted(tmp_path.glob('*/shown/*'))
    assert [path.name.rpartition('-')[0] for path in pictures
            ] == ['samples-LIDAR_TOP-000.pcd', 'samples-LIDAR_TOP-001.pcd']
    with Image.open(pictures[0]) as picture:
        # Prediction and labels, side by side.
        assert picture.width > 1.5 * picture.height
        assert len(picture.convert('RGB').getcolors(1 << 20)) > 10


@pytest.mark.parametrize('options', [
    dict(vis_task='lidar_seg', show=True),
    dict(vis_task='lidar_det', test_out_dir='x'),
])
def test_what_needs_a_screen_is_refused(options, monkeypatch, mmdet3d_scope):
    from mmdet3d.registry import VISUALIZERS
    VISUALIZERS.build(dict(type='Det3DLocalVisualizer', name='visualizer'))
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    hook = DrawSegmentationHook(draw=True, **options)
    if sys.platform.startswith('linux'):
        with pytest.raises(BadInput, match='no screen.*--task lidar_seg'):
            hook.before_test(None)
    monkeypatch.setenv('DISPLAY', ':0')
    hook.before_test(None)
