"""Test a model: ``python tools/test.py CONFIG CHECKPOINT [mmdet3d's flags]``.
"""
import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.compat.upstream_arguments import check_upstream_arguments

if __name__ == '__main__':
    with one_line_errors():
        check_upstream_arguments('test.py')
        from reldistill_mm.compat.upstream_tools import run_upstream_tool
        run_upstream_tool('test.py')
