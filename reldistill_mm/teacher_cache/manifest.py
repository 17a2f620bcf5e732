"""A record, beside a teacher cache's files, of what they were made of."""
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, MissingInput
from ..functional.fingerprint import digest_json
from ..io.files import atomic_path

_NAME = 'manifest.json'
# Increased when a change to the code changes features, files or their names.
FORMAT = 4
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


def check_format(root: Path) -> None:
    """Refuse a folder that an earlier version has filled.

    Args:
        root (Path): Folder, which need not exist.

    Raises:
        BadInput: It holds a cache of another version.
    """
    if (Path(root) / _NAME).exists():
        read_manifest(root)


def read_manifest(root: Path) -> Manifest:
    """Read ``root/manifest.json``.

    Raises:
        MissingInput: There is no manifest.
        BadInput: The file is not a manifest, or one of another version.
    """
    path = Path(root) / _NAME
    remedy = f'build the cache with `{REBUILD.format(root=root)}`.'
    try:
        content: Mapping = json.loads(path.read_text())
        manifest = Manifest(dict(content['identity']), content['command'])
    except FileNotFoundError as error:
        raise MissingInput(
            f"There is no teacher cache in '{root}' ({_NAME} is missing): "
            f'{remedy}') from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"'{path}' is not a manifest of a teacher cache ({error!r}): "
            f'{remedy}') from error
    found = manifest.identity.get('format', FORMAT)
    if found != FORMAT:
        raise BadInput(
            f"The teacher cache in '{root}' was made by another version of "
            f'reldistill_mm (format {found}, now {FORMAT}), which named its '
            'files otherwise: remove the folder and build it again by '
            f'`{manifest.command}`, or take another folder.')
    return manifest
