"""Test a model: ``python tools/test.py CONFIG CHECKPOINT [mmdet3d's flags]``.
"""
from reldistill_mm.compat.upstream_tools import run_upstream_tool

if __name__ == '__main__':
    run_upstream_tool('test.py')
