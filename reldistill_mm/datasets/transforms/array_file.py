"""Arrays that NumPy saved, through mmengine's file backends."""
import io
from typing import Optional

import numpy as np
from mmengine.fileio import get


def load_array(path: str, backend_args: Optional[dict] = None) -> np.ndarray:
    """The array of a ``.npy`` file, without pickled objects.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not such a file.
    """
    try:
        content = get(path, backend_args=backend_args)
        return np.load(io.BytesIO(content), allow_pickle=False)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"The file '{path}' does not exist; check "
                                'data_root.') from error
    except (ValueError, EOFError) as error:
        raise ValueError(f"'{path}' is no whole .npy file of numbers "
                         f'({error}); copy or export it again.') from error
