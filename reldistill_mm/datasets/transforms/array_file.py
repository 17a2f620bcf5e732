"""Arrays that NumPy saved, through mmengine's file backends."""
import io
from tokenize import TokenError

import numpy as np

from ...errors import BadInput, MissingInput
from ...io.remote import read_bytes


def load_array(path: str, backend_args: dict | None = None) -> np.ndarray:
    """Load the array of a ``.npy`` file, without pickled objects.

    Raises:
        MissingInput: No such file.
        BadInput: The file is not such an array.
    """
    try:
        content = read_bytes(path, backend_args)
        return np.load(io.BytesIO(content), allow_pickle=False)
    except FileNotFoundError as error:
        raise MissingInput(f"The file '{path}' does not exist; check "
                           'data_root.') from error
    except BadInput:
        raise
    except (ValueError, EOFError, TokenError) as error:
        raise BadInput(f"'{path}' is not a valid numeric .npy file "
                       f'({error}); copy or export it again.') from error
