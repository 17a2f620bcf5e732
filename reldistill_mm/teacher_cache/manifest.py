"""A record, beside a teacher cache's files, of what they were made of."""
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, MissingInput
from ..functional.fingerprint import digest_json
from ..io.remote import exists, join, read_bytes, write_bytes

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


def write_manifest(root: Path | str,
                   manifest: Manifest,
                   backend_args: dict | None = None) -> None:
    """Write ``root/manifest.json``."""
    content = json.dumps(manifest._asdict(), indent=2) + '\n'
    write_bytes(join(root, _NAME), content.encode(), backend_args)


def check_format(root: Path | str, backend_args: dict | None = None) -> None:
    """Refuse a folder that an earlier version has filled.

    Args:
        root (Path | str): Folder or address, which need not exist.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        BadInput: It holds a cache of another version.
    """
    if exists(join(root, _NAME), backend_args):
        read_manifest(root, backend_args)


def read_manifest(root: Path | str,
                  backend_args: dict | None = None) -> Manifest:
    """Read ``root/manifest.json``.

    Args:
        root (Path | str): Folder, or address of one.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: There is no manifest.
        BadInput: The file is not a manifest, or one of another version.
    """
    path = join(root, _NAME)
    remedy = f'build the cache with `{REBUILD.format(root=root)}`.'
    try:
        content: Mapping = json.loads(read_bytes(path, backend_args))
        manifest = Manifest(dict(content['identity']), content['command'])
    except FileNotFoundError as error:
        raise MissingInput(
            f"There is no teacher cache in '{root}' ({_NAME} is missing): "
            f'{remedy}') from error
    except BadInput:
        raise
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
