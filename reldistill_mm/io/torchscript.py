"""TorchScript archives, which hold code that reading them would run."""
from pathlib import Path
from typing import BinaryIO

import torch


def is_torchscript(source: str | Path | BinaryIO) -> bool:
    """Whether ``torch.load`` would take a file for a TorchScript program.

    torch's own reader is asked, since ``zipfile`` may see other entries: an
    archive can hold two directories.

    Args:
        source (str | Path | BinaryIO): File, or one opened to read bytes,
            which is at its beginning afterwards.
    """
    place = str(source) if isinstance(source, (str, Path)) else source
    try:
        records = torch._C.PyTorchFileReader(place).get_all_records()
    except RuntimeError:
        # Of another format, or damaged: whoever reads it says so.
        records = []
    if not isinstance(source, (str, Path)):
        source.seek(0)
    return 'constants.pkl' in records
