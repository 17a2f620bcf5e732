"""What only a GPU can show: its tests and its figures, in one file."""
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import torch

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.files import atomic_path
from .report import machine
from .run import run_suites

ROOT = Path(__file__).resolve().parents[3]


def check_gpu(out: Path, suite: str, data: Path, repetitions: int,
              counts: list[int]) -> dict[str, int]:
    """Run the tests marked ``gpu`` and the benchmark, and write both down.

    Args:
        out (Path): JSON file to write: ``machine``, ``tests`` (name to
            outcome and seconds) and ``suites``; written after the tests and
            again at the end.
        suite (str): See :func:`run_suites`.
        data (Path): Folder of real frames.
        repetitions (int): Timed runs of each way.
        counts (list[int]): Numbers of pairs N of the suite 'loss'.

    Returns:
        dict[str, int]: Outcome to number of tests.

    Raises:
        BadInput: torch sees no GPU.
        MissingInput: The tests are not here.
    """
    if not torch.cuda.is_available():
        raise BadInput('torch sees no GPU here (torch.cuda.is_available() is '
                       'false): tools/doctor.py says what is wrong, '
                       'tools/benchmark.py --device cpu needs none.')
    found = dict(machine=machine('cuda'), tests=run_tests(ROOT / 'tests'))
    _write(out, found)
    found['suites'] = run_suites(suite, data, 'cuda', repetitions, counts,
                                 None)['suites']
    _write(out, found)
    return Counter(test['outcome'] for test in found['tests'].values())


def run_tests(folder: Path, mark: str = 'gpu') -> dict[str, dict]:
    """Run the tests of one mark in a process of their own.

    Args:
        folder (Path): Folder of tests.
        mark (str): Defaults to 'gpu'.

    Returns:
        dict[str, dict]: Name to ``outcome`` ('passed', 'failed' or
        'skipped') and ``seconds``.

    Raises:
        MissingInput: There is no such folder, or no such test in it.
    """
    if not folder.is_dir():
        raise MissingInput(f"The tests '{folder}' are not here: clone the "
                           'repository and run from its folder.')
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary, 'report.xml')
        # Its own output is the first thing to look at when one fails.
        subprocess.run([
            sys.executable, '-m', 'pytest', '-q', '-m', mark,
            f'--junitxml={report}', str(folder)
        ], cwd=folder.parent)  # yapf: disable
        if not report.is_file():
            raise MissingInput('pytest ended without a report, see above: '
                               "pip install 'pytest>=7.0', or make env.")
        cases = ElementTree.parse(report).iter('testcase')
        tests = {
            f"{case.get('classname')}::{case.get('name')}":
            dict(outcome=_outcome(case), seconds=float(case.get('time', 0)))
            for case in cases
        }
    if not tests:
        raise MissingInput(f"No test in '{folder}' is marked '{mark}'.")
    return tests


def _outcome(case: ElementTree.Element) -> str:
    kinds = {child.tag for child in case}
    if kinds & {'failure', 'error'}:
        return 'failed'
    return 'skipped' if 'skipped' in kinds else 'passed'


def _write(out: Path, found: dict) -> None:
    with atomic_path(out) as path:
        path.write_text(json.dumps(found, indent=2) + '\n')
