"""Every situation of the table is brought about, and the page is the table.
"""
import ast
import importlib
import os
from pathlib import Path

import pytest
from test_faults.situations import PAGE, REFUSED, ROOT, SITUATIONS, fits, page

from reldistill_mm.errors import BadInput, InputExists, MissingInput

for module in sorted(Path(__file__).parent.glob('of_*.py')):
    importlib.import_module(f'test_faults.{module.stem}')
OWN = [item for item in SITUATIONS if item.act is not None]
OTHERS = [item for item in SITUATIONS if item.test is not None]


@pytest.mark.parametrize('item', OWN, ids=lambda item: item.name)
def test_situation(item, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if item.outcome != REFUSED:
        item.act(tmp_path)
        return
    with pytest.raises((BadInput, MissingInput, InputExists)) as error:
        item.act(tmp_path)
    # As the tools print it, without the folder that nobody else has.
    seen = ' '.join(str(error.value).split()).replace(f'{tmp_path}/', '')
    assert fits(seen, item.sees), seen
    assert seen.isprintable()


@pytest.mark.parametrize('item', OTHERS, ids=lambda item: item.name)
def test_the_other_test_exists(item):
    path, _, name = item.test.partition('::')
    tree = ast.parse((ROOT / path).read_text())
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    assert name in names


def test_the_page_is_the_table(request):
    """Comes last: only a table that holds is written."""
    if os.environ.get(
            'RELDISTILL_WRITE_FAULTS') and not request.session.testsfailed:
        PAGE.write_text(page())
    assert PAGE.read_text() == page(), 'make faults writes it'
    assert len(SITUATIONS) >= 80
