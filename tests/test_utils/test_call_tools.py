"""Tools in processes of their own."""
import pytest

from reldistill_mm.utils.call_tools import call_tool


def test_output_goes_to_the_log_and_errors_show_its_end(tmp_path):
    log = tmp_path / 'log.txt'
    call_tool('test.py', '--help', log=log, threads=1)
    assert log.read_text().startswith('$ python tools/test.py --help\nusage')
    with pytest.raises(RuntimeError, match='(?s)test.py ended with 2.*--none'):
        call_tool('test.py', 'config.py', 'file.pth', '--none', log=log)
