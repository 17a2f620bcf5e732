"""The tokenizer of a CLIP's text tower."""
from collections.abc import Callable

import open_clip

from ...errors import BadInput
from ...io.files import file_sum
from .clip_source import ClipSource

# Files that Hugging Face's tokenizers read from a folder.
_FILES = ('tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'vocab.txt',
          'merges.txt', 'special_tokens_map.json', 'added_tokens.json',
          'tokenizer.model', 'spiece.model')


def find_tokenizer(source: ClipSource) -> Callable:
    """Return open_clip's tokenizer of a model.

    Args:
        source (ClipSource): CLIP from :func:`find_clip`.

    Raises:
        BadInput: It needs a package or files that are not here.
    """
    try:
        return open_clip.get_tokenizer(source.model)
    except Exception as error:
        # ImportError, OSError, ValueError: open_clip and transformers agree
        # on none.
        wanted = (source.config.get('text_cfg') or {}).get('hf_tokenizer_name')
        raise BadInput(
            f"The tokenizer '{wanted}' of the CLIP '{source.model}' cannot be "
            f'made ({error}): install transformers and let it download the '
            'tokenizer once, or put its files into a folder that open_clip '
            "saved and set model='local-dir:FOLDER'.") from error


def tokenizer_files(source: ClipSource) -> dict[str, str]:
    """Return the checksums of a local folder's tokenizer files."""
    if source.folder is None:
        return {}
    return {
        name: file_sum(source.folder / name)
        for name in _FILES if (source.folder / name).is_file()
    }
