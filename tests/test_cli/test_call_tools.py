"""Tools in processes of their own."""
import pytest

from reldistill_mm.cli.call_tools import call_tool


@pytest.mark.slow
def test_output_goes_to_the_log_and_errors_show_its_end(tmp_path):
    log = tmp_path / 'log.txt'
    call_tool('test.py', '--help', log=log, threads=1)
    assert log.read_text().startswith('$ python tools/test.py --help\nusage')
    with pytest.raises(RuntimeError, match='(?s)test.py ended with 2.*--none'):
        call_tool('test.py', 'config.py', 'file.pth', '--none', log=log)


@pytest.mark.slow
def test_processes_share_the_work(tmp_path):
    """Each has its own output; the launcher's port is a free one."""
    log = tmp_path / 'log.txt'
    call_tool('train.py', '--help', log=log, processes=2)
    text = log.read_text()
    assert text.startswith('$ torchrun --nproc_per_node 2 tools/train.py')
    assert text.count('usage: train.py') == 2
    with pytest.raises(RuntimeError, match='train.py ended with 1'):
        call_tool('train.py', 'none.py', log=log, processes=2)
