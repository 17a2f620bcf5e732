"""What is timed, in which order, and how it is told."""
import time

import pytest
import torch

from reldistill_benchmark import report
from reldistill_benchmark.measure import in_fresh_process, in_turn, summary
from reldistill_benchmark.memory import extra_mb


def test_ways_take_turns():
    calls = []

    def slow():
        calls.append('a')
        time.sleep(.06)

    def slower():
        calls.append('b')
        time.sleep(.12)

    seconds = in_turn(dict(a=slow, b=slower), 'cpu', 3)
    # Two calls of each to warm up and to count; then turns.
    assert ''.join(calls) == 'aabb' + 'ab' * 3
    assert len(seconds['a']) == len(seconds['b']) == 3
    assert min(seconds['a']) >= .06 and min(seconds['b']) >= .12


def test_short_work_is_repeated_within_a_reading():
    calls = []

    def short():
        calls.append(1)
        time.sleep(.005)

    seconds = in_turn(dict(a=short), 'cpu', 2)['a']
    assert len(calls) > 8
    assert all(second >= .005 for second in seconds)


def peak_of_64_mb() -> float:
    torch.zeros(4)

    def work() -> None:
        rows = torch.ones(64 << 20, dtype=torch.uint8)
        # Memory is sampled, on a busy machine not often.
        time.sleep(.2)
        assert rows[0] == 1

    return extra_mb(work, 'cpu')


def test_peak_memory_of_work():
    # As the benchmark does: what earlier tests held may go meanwhile.
    assert 60 < in_fresh_process(peak_of_64_mb) < 100


def row(**more):
    cost = dict(summary([.01, .02, .03]), extra_mb=5.)
    return dict(
        dict(
            case='a case',
            ours=cost,
            other=dict(summary([.1, .2, .3]), extra_mb=50.),
            ratio=dict(median=10., least=9., most=11.),
            memory_ratio=10.,
            other_way='plainly',
            goal='at least 5'), **more)


def test_markdown_has_every_figure():
    figures = dict(
        machine=report.machine('cpu'),
        command='tools/benchmark.py all',
        suites=dict(
            pairing=[row()],
            loss=[row(other=dict(error='out of memory'))],
            step=[
                dict(
                    case='c', part='p', goal='', share=.5, **summary([1.,
                                                                      2.])),
                dict(case='c', part='peak memory', goal='', extra_mb=12.)
            ],
            fit=[
                dict(
                    case='f',
                    fixed_mb=9.,
                    frame_mb=3.,
                    batch={
                        '8': 2,
                        '16': 4
                    })
            ]))
    del figures['suites']['loss'][0]['ratio']
    text = report.markdown(figures)
    assert figures['machine']['commit'] in text
    assert torch.__version__ in text or 'torch' in text
    assert ('| a case | 20.00 ms (10.00 to 30.00) | plainly: 200.00 ms '
            '(100.00 to 300.00) | 10.00 (9.00 to 11.00) | 5.0 / 50.0 MB | '
            'at least 5 |') in text
    assert 'plainly: out of memory' in text
    assert '| c | p | 1500.00 ms (1000.00 to 2000.00) | 50.0% |  |' in text
    assert '12 MB' in text
    assert '| f | 9 MB | 3 MB | 2 in 8 GB, 4 in 16 GB |' in text
    # One table a suite, all rows as wide as their head.
    tables = [part for part in text.split('### ')[1:]]
    assert [part.split()[0]
            for part in tables] == ['pairing', 'loss', 'step', 'fit']
    for part in tables:
        lines = [line for line in part.splitlines() if line.startswith('|')]
        assert len({line.count('|') for line in lines}) == 1


def test_describe_is_one_line():
    assert '\n' not in report.describe(row())


@pytest.mark.parametrize('key', ['commit', 'versions', 'device', 'threads'])
def test_machine(key):
    assert report.machine('cpu')[key]
