"""Tables that a command writes into a page."""
import pytest

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.experiments.page import fill_block, require_block

PAGE = ('# Results\n\nBy hand.\n\n<!-- begin A -->\nold\n<!-- end A -->\n\n'
        'End.\n')


def test_a_block_is_replaced(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(PAGE)
    for text in ('# Title\n\n- a note\n\n## Part\n\n| a |\n', 'gone again'):
        require_block(page, 'A')
        fill_block(page, 'A', text)
        first = page.read_text()
        fill_block(page, 'A', text)
        assert page.read_text() == first
    assert first == PAGE.replace('old', '\ngone again\n')
    fill_block(page, 'A', '# Title\n\n- a note\n\n## Part\n\n| a |\n')
    assert page.read_text() == PAGE.replace(
        'old', '\n- a note\n\n### Part\n\n| a |\n')


@pytest.mark.parametrize('text', [
    'nothing', PAGE + PAGE, '<!-- begin A -->\n',
    '<!-- end A -->\n<!-- begin A -->\n'
])
def test_a_page_without_a_place(text, tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(text)
    with pytest.raises(BadInput, match="has no place for 'A'"):
        fill_block(page, 'A', 'text')
    assert page.read_text() == text


def test_no_page(tmp_path):
    require_block(None, 'A')
    fill_block(None, 'A', 'text')
    with pytest.raises(MissingInput, match='does not exist'):
        require_block(tmp_path / 'page.md', 'A')
