"""Train a model: ``python tools/train.py CONFIG [mmdet3d's own flags]``."""
from reldistill_mm.compat.upstream_tools import run_upstream_tool

if __name__ == '__main__':
    run_upstream_tool('train.py')
