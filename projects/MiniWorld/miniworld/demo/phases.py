"""Phases of the demo that are run once."""
import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from reldistill_mm.io.files import atomic_path
from .quiet import into_log

Result = TypeVar('Result')
ABOUT = {
    'data': "a small world in nuScenes' format",
    'teacher': 'how well CLIP labels the held-out pixels',
    'teacher cache': "CLIP's features of the training pixels, once",
    'test untrained': 'the student before it learns',
    'train': 'the student learns those features, without a label',
    'test': 'the student labels held-out points by words',
    'pictures': 'a held-out keyframe',
    'report': 'all of it on one page',
}


class Phases:
    """Run phases and keep their results for the next call.

    Args:
        path (Path): JSON file for the results.
        total (int, optional): Number of phases, to say how far the demo is.
        log (Path, optional): File for what phases print. Defaults to None,
            they print it.
    """

    def __init__(self,
                 path: Path,
                 total: int | None = None,
                 log: Path | None = None) -> None:
        self.path, self.total, self.log = path, total, log
        self._number = 0
        self.seconds: dict[str, float] = {}
        self._kept: dict[str, dict] = {}
        if path.is_file():
            self._kept = json.loads(path.read_text())

    def run(self, name: str, work: Callable[[], Result]) -> Result:
        """Run a phase, say so, and add its time.

        Args:
            name (str): Name of the phase; several may share one.
            work (Callable): The phase.
        """
        print(self._title(name), flush=True)
        start = time.perf_counter()
        with into_log(self.log) if self.log else nullcontext():
            result = work()
        seconds = time.perf_counter() - start
        self._add(name, seconds)
        print(f'      {seconds:.0f} s', flush=True)
        return result

    def _title(self, name: str) -> str:
        self._number += 1
        of = '' if self.total is None else f'/{self.total}'
        about = ABOUT.get(name)
        return f'[{self._number}{of}] {name}' + (f': {about}' if about else '')

    def run_once(self,
                 name: str,
                 part: str,
                 made_of: str,
                 work: Callable[[], Result],
                 is_there: Callable[[Result], bool] = bool) -> Result:
        """Run a phase, or return what an earlier call found.

        Args:
            name (str): Name of the phase.
            part (str): Part, which tells phases of the same name apart.
            made_of (str): Digest of all that the result depends on.
            work (Callable): The phase; returns JSON values.
            is_there (Callable): Whether a kept result is still valid. Defaults
                to ``bool``: any that is not empty is.
        """
        key = f'{name} {part}'.strip()
        kept = self._kept.get(key)
        if (kept is None or kept['made_of'] != made_of
                or not is_there(kept['result'])):
            before = self.seconds.get(name, 0)
            result = self.run(name, work)
            kept = dict(
                made_of=made_of,
                seconds=self.seconds[name] - before,
                result=result)
            self._kept[key] = kept
            with atomic_path(self.path) as path:
                path.write_text(json.dumps(self._kept, indent=2) + '\n')
        else:
            print(self._title(name))
            print(
                f'      done before; remove {self.path} to do it again',
                flush=True)
            self._add(name, kept['seconds'])
        return kept['result']

    def _add(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0) + seconds
