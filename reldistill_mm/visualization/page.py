"""One HTML file that needs no network: scripts, style and data in one."""
import base64
import json
from pathlib import Path

import numpy as np

_FOLDER = Path(__file__).parent / 'data'
# Scripts in the order in which they are read.
_SCRIPTS = ('unpack', 'features', 'words', 'orbit', 'gl_cloud', 'plain_cloud',
            'layers', 'pictures', 'hands', 'link', 'panel', 'main', 'draw',
            'start')
# Nothing may be fetched from anywhere: the browser sees to it.
_POLICY = ("default-src 'none'; script-src 'unsafe-inline'; "
           "style-src 'unsafe-inline'; img-src data:; connect-src {}; "
           "base-uri 'none'; form-action 'none'")
_STEPS = 32767
_BLUE, _ORANGE = (70, 140, 230), (240, 130, 30)
# Of right and wrong predictions, for those who see no red or green, too.
ERROR_COLOURS = _BLUE, _ORANGE


def write_page(scan: dict, served: bool = False) -> str:
    """Put data into the page.

    Args:
        scan (dict): What the scripts in ``visualization/data/page`` read:
            ``title``, ``frames`` of :func:`pack_points`, and more.
        served (bool): Whether the page asks the server that it came from for
            words. Defaults to False: it may fetch nothing at all.

    Returns:
        str: HTML.
    """
    # In a script element, '<' could end it.
    scan = dict(errors=ERROR_COLOURS, served=served, **scan)
    text = json.dumps(scan).replace('<', '\\u003c')
    parts = {
        'POLICY': _POLICY.format("'self'" if served else "'none'"),
        'STYLE': (_FOLDER / 'page' / 'page.css').read_text('utf-8'),
        'SCAN*/null': text,
        'SCRIPTS': '\n'.join(
            (_FOLDER / 'page' / f'{name}.js').read_text('utf-8')
            for name in _SCRIPTS)
    }  # yapf: disable
    page = (_FOLDER / 'page.html').read_text('utf-8')
    # The data last, since they may hold anything.
    for name in ('POLICY', 'STYLE', 'SCRIPTS', 'SCAN*/null'):
        mark = f'/*{name}' + ('' if name.endswith('null') else '*/')
        before, _, after = page.partition(mark)
        page = before + parts[name] + after
    return page


def pack_points(xyz: np.ndarray, chosen: np.ndarray) -> dict:
    """Positions of points, two bytes per axis.

    Args:
        xyz (np.ndarray): (N, 3) metres.
        chosen (np.ndarray): (S,) int64, the points that are shown.

    Returns:
        dict: ``positions``, with ``centre`` and ``metres_per_step`` to bring
        them back; ``extent`` in metres, ``points`` N and ``shown`` S.
    """
    xyz = np.asarray(xyz, np.float64)
    # Far stray points must neither shift nor shrink what is looked at.
    centre = np.median(xyz, 0)
    offset = xyz - centre
    step = max(np.abs(offset).max(), 1e-3) / _STEPS
    return dict(
        points=len(xyz),
        shown=len(chosen),
        positions=as_text(np.rint(offset[chosen] / step).astype('<i2')),
        centre=centre.tolist(),
        metres_per_step=step,
        extent=float(np.quantile(np.abs(offset[:, :2]).max(1), 0.9) + 1))


def draw_points(total: int, count: int) -> np.ndarray:
    """Draw ``count`` of ``total`` rows, the same ones every time."""
    if total <= count:
        return np.arange(total)
    rng = np.random.default_rng(0)
    return np.sort(rng.choice(total, count, replace=False))


def count_classes(labels: np.ndarray, classes) -> list[dict]:
    """Name, points and share of each of K classes, for the legend."""
    counts = np.bincount(labels, minlength=len(classes))
    return [
        dict(
            name=str(name), count=int(count), share=float(count / len(labels)))
        for name, count in zip(classes, counts)
    ]


def as_text(values: np.ndarray) -> str:
    """The bytes of an array, in base64."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
