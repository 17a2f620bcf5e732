"""Run mmdet3d's own command-line tools with the plugin registered."""
import runpy
import sys
from pathlib import Path

import mmdet3d


def run_upstream_tool(name: str) -> None:
    """Run ``mmdet3d/.mim/tools/<name>`` as the main program.

    Every flag is mmdet3d's own because the script is mmdet3d's own.

    Args:
        name (str): File name, e.g. ``'train.py'``.

    Raises:
        SystemExit: mmdet3d was installed without its tools.
    """
    script = Path(mmdet3d.__file__).parent / '.mim' / 'tools' / name
    if not script.is_file():
        sys.exit(f"mmdet3d's own tool '{script}' is missing: an editable "
                 'install has none, nor the configs that ours inherit. '
                 "Install the wheel: pip install 'mmdet3d==1.4.0'.")
    runpy.run_path(str(script), run_name='__main__')
