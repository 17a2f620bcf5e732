"""Let mmengine load checkpoints and info files without running their code.

mmengine 0.10 calls ``torch.load`` as it was before torch 2.6: it runs whatever
a file names. Since 2.6 the same call refuses mmengine's own files. Test,
``load_from``, ``init_cfg`` and resume all go through two of mmengine's
modules, whose ``torch.load`` is replaced here by :func:`load_checkpoint`;
resuming asks for all of the file (:mod:`.whole_weights`).
Info files (``.pkl``) are pickles, too, and go through mmengine's one handler.
"""
import os
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlparse

import torch
from mmengine.fileio.handlers import PickleHandler
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.utils.dl_utils import hub

from ..io.checkpoint import load_checkpoint
from ..io.inert_pickle import load_values


class _Torch:
    """``torch`` as mmengine's loaders see it."""

    @staticmethod
    def load(source: Any, map_location: Any = None) -> Any:
        return load_checkpoint(source, map_location)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


def load_url(url: str,
             model_dir: str | None = None,
             map_location: Any = None,
             progress: bool = True,
             check_hash: bool = False,
             file_name: str | None = None) -> Any:
    """``torch.hub.load_state_dict_from_url`` that runs no code in the file.

    Args:
        url (str): Address of a checkpoint.
        model_dir (str, optional): Folder for the file. Defaults to torch's
            ``hub/checkpoints``.
        map_location: See ``torch.load``.
        progress (bool): Whether to show the download. Defaults to True.
        check_hash (bool): Whether the name ends in the start of the file's
            SHA-256. Defaults to False.
        file_name (str, optional): Name of the kept file. Defaults to the
            URL's.

    Returns:
        object: What was saved.
    """
    folder = Path(
        model_dir or os.path.join(torch.hub.get_dir(), 'checkpoints'))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (file_name or os.path.basename(urlparse(url).path))
    if not path.exists():
        found = torch.hub.HASH_REGEX.search(path.name) if check_hash else None
        torch.hub.download_url_to_file(url, str(path),
                                       found.group(1) if found else None,
                                       progress)
    return load_checkpoint(path, map_location)


def _load_values(handler: PickleHandler, file: BinaryIO, **kwargs: Any) -> Any:
    """Load as :meth:`PickleHandler.load_from_fileobj`, arrays and values."""
    del handler
    return load_values(file.read(), **kwargs)


def load_safely() -> None:
    """Replace mmengine's pickle loaders; one call is enough."""
    PickleHandler.load_from_fileobj = _load_values
    if isinstance(mmengine_checkpoint.torch, _Torch):
        return
    mmengine_checkpoint.torch = hub.torch = _Torch()
    mmengine_checkpoint.load_url = load_url
