"""Results that outlive the runs that they come from."""
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..cli.source_version import source_version
from ..errors import BadInput
from ..functional.fingerprint import fingerprint
from ..io.files import require_file_place
from ..models.teachers.teacher_mark import teacher_mark
from .info_sum import info_sum
from .records import read_json, write_json

# What of a config decides a result; the last is how cached features are made.
# Logging, checkpoints, variables of the bases and the cache's folder do not.
_DECIDES = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper',
            'param_scheduler', 'randomness', 'custom_hooks', 'sync_bn',
            'test_dataloader', 'test_cfg', 'test_evaluator', 'paired_pipeline')
_CHECKOUT = Path(__file__).resolve().parents[2]


class Made(NamedTuple):
    """A result that was there already, and who made it.

    Attributes:
        result: A JSON value.
        commit: The version that made it.
        seconds: How long that took.
    """
    result: Any
    commit: str
    seconds: float


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
        world (Mapping, optional): What decides the data beside its info
            files: a generator's version, say. Defaults to None.

    Attributes:
        commits (set[str]): Commits that made what was asked for.
        seconds (float): How long making it took, whenever that was.
        world (dict): The argument.

    Raises:
        BadInput: The file holds something else, or cannot be written.
    """

    def __init__(self,
                 path: Path | None = None,
                 places: Mapping[str, Path] | None = None,
                 world: Mapping | None = None) -> None:
        self.path = path
        self.world = dict(world or {})
        self._teachers: dict[str, Any] = {}
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
            compute (Callable): Computes a JSON value, or finds one
                (:class:`Made`).
        """
        key = '' if self.path is None else self._key(kind, configs)
        entry = self._known.get(key)
        if entry is None:
            start = time.perf_counter()
            made = compute()
            if not isinstance(made, Made):
                made = Made(made, source_version(),
                            time.perf_counter() - start)
            entry = dict(
                kind=kind,
                commit=made.commit,
                result=made.result,
                seconds=round(made.seconds, 1))
        with self._lock:
            if self.path is not None and key not in self._known:
                if self.path.is_file():
                    # Another call may have kept something meanwhile.
                    self._known = {**_read(self.path), **self._known}
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
            texts.append([
                what_decides(cfg, self._places),
                self._teacher(cfg), *info_sums(cfg)
            ])
        return fingerprint(kind=kind, configs=texts, world=self.world)

    def _teacher(self, cfg: Config) -> Any:
        """What decides the teacher's features; its weights by content."""
        teacher = (cfg.get('model') or {}).get('teacher')
        if not teacher:
            return None
        name = json.dumps(teacher, sort_keys=True, default=str)
        # The scope is one for all threads.
        with self._lock:
            if name not in self._teachers:
                with DefaultScope.overwrite_default_scope(
                        cfg.get('default_scope')):
                    mark = teacher_mark(teacher)
                self._teachers[name] = mark and mark['space']
            return self._teachers[name]


def what_decides(cfg: Config, places: Mapping[str, Path] | None = None) -> str:
    """Write the part of a config that decides what is trained and tested.

    Args:
        cfg (Config): A config.
        places (Mapping[str, Path], optional): Name to folder, see
            :class:`Kept`. Defaults to None: only the checkout is named.
    """
    values = cfg.to_dict()
    decides = [values.get(key) for key in _DECIDES]
    # Only where they are set, so that what was kept before still counts.
    scaled = values.get('auto_scale_lr') or {}
    decides += [[key, value]
                for key, value in (('load_from', values.get('load_from')),
                                   ('auto_scale_lr',
                                    scaled if scaled.get('enable') else None))
                if value]
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


def info_sums(
    cfg: Config, loaders: Sequence[str] = ('train', 'test')) -> list[str]:
    """Digests of the info files that a config trains and tests on."""
    sums = []
    for loader in loaders:
        data = (cfg.get(f'{loader}_dataloader') or {}).get('dataset') or {}
        path = Path(data.get('data_root') or '', data.get('ann_file') or '')
        if path.is_file():
            sums.append(_sum(str(path.resolve()), path.stat().st_mtime_ns))
    return sums


@cache
def _sum(path: str, changed: int) -> str:
    """Digest of an info file, computed again once it has changed."""
    return info_sum(Path(path))
