"""A record, beside a teacher cache's files, of what they were made of."""
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, MissingInput
from ..functional.fingerprint import digest_json
from ..io.files import atomic_path

_NAME = 'manifest.json'
REBUILD = 'python tools/cache_teacher.py CONFIG --out {root}'


class Manifest(NamedTuple):
    """Manifest of a cache folder.

    Attributes:
        identity (dict): Everything that decides the features; JSON values.
        command (str): The command that (re)builds the cache.
    """
    identity: dict
    command: str

    @property
    def key(self) -> str:
        """SHA-256 of the identity, which every file of the cache carries."""
        return digest_json(self.identity)


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Write ``root/manifest.json``."""
    with atomic_path(Path(root) / _NAME) as part:
        part.write_text(json.dumps(manifest._asdict(), indent=2) + '\n')


def read_manifest(root: Path) -> Manifest:
    """Read ``root/manifest.json``.

    Raises:
        MissingInput: There is no manifest.
        BadInput: The file is not a manifest.
    """
    path = Path(root) / _NAME
    remedy = f'build the cache with `{REBUILD.format(root=root)}`.'
    try:
        content: Mapping = json.loads(path.read_text())
        return Manifest(content['identity'], content['command'])
    except FileNotFoundError as error:
        raise MissingInput(
            f"There is no teacher cache in '{root}' ({_NAME} is missing): "
            f'{remedy}') from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"'{path}' is not a manifest of a teacher cache ({error!r}): "
            f'{remedy}') from error
