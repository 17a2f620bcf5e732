"""Run mmdet3d's own command-line tools with the plugin registered."""
import contextlib
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import mmdet3d
import mmengine

from ..cli.progress import track

_MIM = Path(mmdet3d.__file__).parent / '.mim'


def run_upstream_tool(name: str) -> None:
    """Run ``mmdet3d/.mim/tools/<name>`` as the main program.

    Every flag is mmdet3d's own because the script is mmdet3d's own.

    Args:
        name (str): File name, e.g. ``'train.py'``.

    Raises:
        SystemExit: mmdet3d was installed without its tools.
    """
    script = _MIM / 'tools' / name
    if not script.is_file():
        sys.exit(f"mmdet3d's own tool '{script}' is missing: an editable "
                 'install has none, nor the configs that ours inherit. '
                 "Install the wheel: pip install 'mmdet3d==1.4.0'.")
    runpy.run_path(str(script), run_name='__main__')


@contextlib.contextmanager
def upstream_converters() -> Iterator[None]:
    """Make mmdet3d's ``tools.dataset_converters`` importable.

    They show their progress as this package does.
    """
    ours = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name == 'tools' or name.startswith('tools.')
    }
    sys.path.insert(0, str(_MIM))
    shown = mmengine.track_iter_progress
    mmengine.track_iter_progress = track
    try:
        yield
    finally:
        mmengine.track_iter_progress = shown
        sys.path.remove(str(_MIM))
        sys.modules.update(ours)
