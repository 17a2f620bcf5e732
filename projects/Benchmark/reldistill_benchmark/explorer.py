"""Time frames of the explorer's page in a browser without a window."""
import html
import json
import re
import shutil
import statistics
import subprocess
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from reldistill_mm.errors import MissingInput
from reldistill_mm.visualization import (ExplorerFrame, SideFeatures,
                                         WordTable, explore_frames, write_page)
from .measure import OTHER, OURS, Settings, summary

BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')
POINTS = (34_000, 120_000)
WIDTH, CLASSES, WORDS = 64, 16, 3666
VIEWS = {'the student': '', 'student and teacher': '&s=both'}
# How a page that was asked for WebGL draws it without a graphics card.
OTHER_WAY = 'WebGL, drawn by the processor (SwiftShader)'
GOAL = 'at most 33 ms, with a graphics card'
# Turns the camera and draws; reading a pixel waits until all is drawn.
STEPS = """
addEventListener('load', () => {
  const gl = cloud.gl, pixel = new Uint8Array(4), took = [];
  for (let i = 0; i < COUNT + 3; i++) {
    const start = performance.now();
    orbit.turn(8, 0);
    draw();
    if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    took.push(performance.now() - start);
  }
  const text = document.createElement('pre');
  text.id = 'answers';
  text.textContent = JSON.stringify({ gl: !!gl, took: took.slice(3),
                                      size: [view.width, view.height] });
  document.body.append(text);
});
"""


def run(settings: Settings) -> list[dict[str, Any]]:
    """Measure a row for each number of points.

    Raises:
        MissingInput: There is no Chromium.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise MissingInput(f'No browser: install one of {BROWSERS}.')
    rows = []
    for count, (name, view) in product(POINTS, VIEWS.items()):
        page = random_page(count)
        found = {
            way: visit(browser, page, end + view, 5 * settings.repetitions)
            for way, end in ((OURS, '#r=plain'), (OTHER, '#r=gl'))
        }
        ratios = [b / a for a, b in zip(found[OURS], found[OTHER])]
        rows.append(
            dict(
                case=
                f'{count} points, page of {len(page) / 1e6:.1f} MB, {name}',
                other_way=OTHER_WAY,
                goal=GOAL,
                ratio=dict(
                    median=statistics.median(ratios),
                    least=min(ratios),
                    most=max(ratios)),
                **{
                    way: summary(seconds)
                    for way, seconds in found.items()
                }))
    return rows


def random_page(count: int) -> str:
    """Make a page of random points, three quarters with own features."""
    rng = np.random.default_rng(0)

    def unit(rows: int) -> np.ndarray:
        found = rng.normal(size=(rows, WIDTH)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    xyz = rng.uniform((-50, -50, -2), (50, 50, 4), (count, 3))
    row = rng.integers(3 * count // 4, size=count)
    labels = rng.integers(CLASSES, size=count)
    side = SideFeatures(unit(3 * count // 4), row, labels)
    frame = ExplorerFrame('random', xyz, side, side, labels)
    words = WordTable([f'word {i}' for i in range(WORDS)], unit(WORDS), '')
    palette = rng.integers(256, size=(CLASSES, 3)).astype(np.uint8)
    names = [f'class {i}' for i in range(CLASSES)]
    found = explore_frames([frame], words, names, palette, 'random points')
    return write_page(found.content)


def visit(browser: str, page: str, way: str, count: int) -> list[float]:
    """Draw a page's frames; return the seconds of each.

    Args:
        browser (str): Path of a Chromium.
        page (str): HTML.
        way (str): End of the address, which says how to draw.
        count (int): Number of frames.

    Raises:
        MissingInput: The browser does not draw in this way.
    """
    script = STEPS.replace('COUNT', str(count))
    with TemporaryDirectory() as folder:
        path = Path(folder, 'page.html')
        path.write_text(
            page.replace('</body>', f'<script>{script}</script></body>'))
        done = subprocess.run([
            browser, '--headless', '--no-sandbox', '--window-size=1024,768',
            '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
            '--ignore-gpu-blocklist', f'--user-data-dir={folder}/user',
            '--dump-dom',
            path.as_uri() + way
        ],
                              capture_output=True,
                              text=True,
                              timeout=600)
    found = re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, re.DOTALL)
    answers = json.loads(html.unescape(found[1])) if found else {}
    if answers.get('gl') != way.startswith('#r=gl'):
        raise MissingInput(f"'{browser}' did not draw the page by '{way}': "
                           f'{done.stderr[-300:]}')
    return [each / 1e3 for each in answers['took']]
