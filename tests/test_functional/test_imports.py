"""The functional core needs torch and NumPy alone."""
import subprocess
import sys

CODE = """
import importlib.abc, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked}:
            raise ImportError(name + ' is blocked')
sys.meta_path.insert(0, Refuse())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name in {blocked} else find(name, *rest))
import reldistill_mm.functional as f
import torch
print(float(f.similarity_loss(torch.eye(3), torch.eye(3))))
"""


def test_without_openmmlab_open_clip_and_spconv():
    blocked = {
        'mmdet3d', 'mmdet', 'mmengine', 'mmcv', 'open_clip', 'spconv', 'PIL'
    }
    out = subprocess.run([sys.executable, '-c',
                          CODE.format(blocked=blocked)],
                         capture_output=True,
                         text=True)
    assert out.returncode == 0, out.stderr
    assert out.stdout.strip() == '0.0'
