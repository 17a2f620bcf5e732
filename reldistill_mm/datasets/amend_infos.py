"""Add to existing info files, all of them or none."""
from collections.abc import Callable, Sequence
from pathlib import Path

import mmengine

from ..errors import BadInput
from ..io.named_inputs import require_infos
from .info_file import explained_errors, write_infos


def amend_infos(paths: Sequence[Path], amend: Callable[[dict], None],
                kind: str, remedy: str) -> list[tuple[Path, int]]:
    """Change the content of info files and write them again in place.

    Nothing is written unless all of them can be changed.

    Args:
        paths (Sequence[Path]): Info files.
        amend (Callable): Changes a file's content.
        kind (str): What the files should be, for messages.
        remedy (str): A sentence on how to make one.

    Returns:
        list[tuple[Path, int]]: Each file and its number of infos.

    Raises:
        MissingInput: A file does not exist.
        BadInput: A file is not such an info file, or lists nothing.
    """
    contents = []
    for path in paths:
        require_infos([path], kind, remedy)
        with explained_errors(str(path), kind, remedy):
            content = mmengine.load(path)
            count = len(content['data_list'])
        if not count:
            raise BadInput(f"'{path}' lists nothing. {remedy}")
        with explained_errors(str(path), kind, remedy):
            amend(content)
        contents.append((path, content, count))
    for path, content, _ in contents:
        write_infos(content, path)
    return [(path, count) for path, _, count in contents]
