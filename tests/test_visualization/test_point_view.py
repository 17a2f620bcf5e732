"""The interactive page, read back as a browser would."""
import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from reldistill_mm.visualization import (class_view, heat_colours, heat_index,
                                         heat_span, heat_view, word_palette)

CLASSES = ['road', 'a </script> "thing"', 'tree']


@pytest.fixture
def xyz():
    rng = np.random.default_rng(0)
    return rng.normal(0, 20, (3000, 3)) + (500, -300, 2)


def data_of(page):
    text = re.search(r'const scan = (.*);\n', page)[1]
    scan = json.loads(text)
    scan.update(scan.pop('frames')[0])
    grid = np.frombuffer(base64.b64decode(scan['positions']), '<i2')
    scan['xyz'] = (
        grid.reshape(-1, 3) * scan['metres_per_step'] + scan['centre'])
    scan['index'] = np.frombuffer(base64.b64decode(scan['index']), '<u2')
    return scan


def test_every_point_where_it_is(xyz):
    labels = np.arange(3000) % 2 * 2
    palette = word_palette(CLASSES)
    page = class_view(xyz, labels, CLASSES, palette, 'a scan')
    scan = data_of(page)
    np.testing.assert_allclose(scan['xyz'], xyz, atol=2e-3)
    np.testing.assert_array_equal(scan['index'], labels)
    assert scan['palette'] == palette.tolist()
    assert [row['name'] for row in scan['classes']] == CLASSES
    assert [row['count'] for row in scan['classes']] == [1500, 0, 1500]


def test_nothing_is_fetched_and_no_name_ends_the_script(xyz):
    page = class_view(xyz, np.zeros(3000, int), CLASSES, word_palette(CLASSES),
                      '<img src=x onerror=alert(1)>')
    assert 'http:' not in page and 'https:' not in page
    assert 'src=x' in page and "connect-src 'none'" in page
    assert page.count('</script>') == page.count('<script>') == 1
    assert '<img' not in page


def test_size_is_bounded(xyz):
    labels = np.arange(3000) % 3
    page = class_view(
        xyz, labels, CLASSES, word_palette(CLASSES), 'a', max_points=500)
    scan = data_of(page)
    assert len(scan['index']) == len(scan['xyz']) == 500
    assert scan['points'] == 3000
    # Points and labels are drawn together.
    distance = np.abs(scan['xyz'][:, None] - xyz[None]).max(2)
    assert distance.min(1).max() < 2e-3
    np.testing.assert_array_equal(scan['index'], labels[distance.argmin(1)])


def test_heat(xyz):
    scores = np.linspace(-1, 1, 3000)
    span = heat_span(scores)
    assert -1 < span[0] < span[1] < 1
    scan = data_of(heat_view(xyz, scores, span, heat_colours(64), 'heat'))
    assert (scan['low'], scan['high']) == span
    assert scan['index'].min() == 0 and scan['index'].max() == 63
    assert (np.diff(scan['index'].astype(int)) >= 0).all()
    assert heat_index(np.zeros(3), (0, 0), 5).tolist() == [0, 0, 0]


def test_colours():
    words = [str(number) for number in range(30)]
    palette = word_palette(words, {'3': (1, 2, 3)})
    assert word_palette(['3'], {'3': (1, 2, 3)}).tolist() == [[1, 2, 3]]
    assert len(np.unique(palette, axis=0)) == 30
    assert word_palette(words * 2).shape == (60, 3)
    heat = heat_colours(10).astype(int)
    assert (np.diff(heat.sum(1)) > 0).all()


@pytest.mark.skipif(
    shutil.which('chromium') is None, reason='no chromium in PATH')
def test_a_browser_draws_it(tmp_path):
    """A wall of red points in the middle, blue ones beside it."""
    grid = np.linspace(-8, 8, 120)
    wall = np.stack(np.meshgrid(grid, grid, [0.]), -1).reshape(-1, 3)
    labels = (wall[:, 0] > 0).astype(int)
    palette = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
    page = tmp_path / 'page.html'
    page.write_text(class_view(wall, labels, ['red', 'blue'], palette, 'a'))
    picture = tmp_path / 'page.png'
    subprocess.run([
        'chromium', '--headless', '--no-sandbox', '--disable-gpu',
        '--window-size=600,400', '--virtual-time-budget=2000',
        f'--screenshot={picture}',
        page.as_uri()
    ],
                   check=True,
                   capture_output=True,
                   timeout=120)
    pixels = np.asarray(Image.open(picture).convert('RGB')).reshape(-1, 3)
    for colour in palette:
        assert (pixels == colour).all(1).mean() > 0.02
