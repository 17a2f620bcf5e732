"""Results that outlive the runs that they come from."""
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..cli.source_version import source_version
from ..errors import BadInput
from ..functional.fingerprint import fingerprint
from ..io.files import require_file_place
from .info_sum import info_sum
from .records import read_json, write_json

# What of a config decides a result; the last is how cached features are made.
# Logging, checkpoints, variables of the bases and the cache's folder do not.
_DECIDES = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper',
            'param_scheduler', 'randomness', 'custom_hooks', 'sync_bn',
            'test_dataloader', 'test_cfg', 'test_evaluator', 'paired_pipeline')
_CHECKOUT = Path(__file__).resolve().parents[2]


class Kept:
    """Results by what they were made of, in one small file.

    Checkpoints and caches of a study are gigabytes and stay where they were
    made. With this file another machine, or a fresh clone, computes only what
    is missing. A result counts for configs that would train and test the same
    model in the same way, wherever their folders lie, and info files that say
    the same: :func:`.info_sum.info_sum`.

    Args:
        path (Path, optional): The file, made when there is something to keep.
            Defaults to None: nothing is kept.
        places (Mapping[str, Path], optional): Name to folder. A path below
            one of these in a config counts by that name. The checkout always
            does. Defaults to None.

    Attributes:
        commits (set[str]): Commits that made what was asked for.
        seconds (float): How long making it took, whenever that was.

    Raises:
        BadInput: The file holds something else, or cannot be written.
    """

    def __init__(self,
                 path: Path | None = None,
                 places: Mapping[str, Path] | None = None) -> None:
        self.path = path
        self.commits: set[str] = set()
        self.seconds = 0.
        self._places = dict(places or {})
        self._lock = threading.Lock()
        self._known: dict[str, dict] = {}
        if path is not None:
            require_file_place(path, '--kept')
            if path.is_file():
                self._known = _read(path)

    def once(self, kind: str, configs: Sequence[Config],
             compute: Callable[[], Any]) -> Any:
        """Return what is kept for these configs, or compute and keep it.

        Args:
            kind (str): What is computed, and whatever it depends on besides
                the configs.
            configs (Sequence[Config]): What it is made of.
            compute (Callable): Computes a JSON value.
        """
        key = '' if self.path is None else self._key(kind, configs)
        entry = self._known.get(key)
        if entry is None:
            start = time.perf_counter()
            entry = dict(kind=kind, commit=source_version(), result=compute())
            entry['seconds'] = round(time.perf_counter() - start, 1)
        with self._lock:
            if self.path is not None and key not in self._known:
                self._known[key] = entry
                write_json(self.path, self._known)
            self.commits.add(entry['commit'])
            self.seconds += entry.get('seconds', 0.)
        return entry['result']

    def has(self, kind: str, configs: Sequence[Config]) -> bool:
        """Whether :meth:`once` would not compute."""
        return bool(self._known) and self._key(kind, configs) in self._known

    def _key(self, kind: str, configs: Sequence[Config]) -> str:
        texts = []
        for cfg in configs:
            texts.append([what_decides(cfg, self._places), *_info_sums(cfg)])
        return fingerprint(kind=kind, configs=texts)


def what_decides(cfg: Config, places: Mapping[str, Path] | None = None) -> str:
    """Write the part of a config that decides what is trained and tested.

    Args:
        cfg (Config): A config.
        places (Mapping[str, Path], optional): Name to folder, see
            :class:`Kept`. Defaults to None: only the checkout is named.
    """
    values = cfg.to_dict()
    decides = [values.get(key) for key in _DECIDES]
    text = json.dumps(decides, sort_keys=True, default=str)
    for place, name in _names({**(places or {}), 'checkout': _CHECKOUT}):
        text = text.replace(place, name)
    return text


def _read(path: Path) -> dict[str, dict]:
    found = read_json(path)
    if not isinstance(found, dict) or not all(
            isinstance(entry, dict) and {'commit', 'result'} <= entry.keys()
            for entry in found.values()):
        raise BadInput(f"'{path}' does not hold the results of finished runs: "
                       'name a file that a study has kept them in, or a new '
                       'one.')
    return found


def _names(places: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Pair folders with names, those inside others first."""
    found = {
        str(form): f'<{name}>'
        for name, folder in places.items()
        for form in (folder, folder.resolve())
    }
    return sorted(found.items(), key=lambda item: -len(item[0]))


def _info_sums(cfg: Config) -> list[str]:
    """Digests of the info files that a config trains and tests on."""
    sums = []
    for loader in ('train_dataloader', 'test_dataloader'):
        data = (cfg.get(loader) or {}).get('dataset') or {}
        path = Path(data.get('data_root') or '', data.get('ann_file') or '')
        if path.is_file():
            sums.append(_sum(str(path.resolve()), path.stat().st_mtime_ns))
    return sums


@cache
def _sum(path: str, changed: int) -> str:
    """Digest of an info file, computed again once it has changed."""
    return info_sum(Path(path))
