"""Let ``data_root`` be an address: mmengine's HTTP backend joins no paths.

mmengine 0.10 joins ``data_root`` and ``data_prefix`` by the file backend of
the root, and its ``HTTPBackend`` has no ``join_path``.
"""
from mmengine.fileio import HTTPBackend


def join_http_paths() -> None:
    """Give mmengine's HTTP backend ``join_path``, if it has none."""
    if not hasattr(HTTPBackend, 'join_path'):
        HTTPBackend.join_path = _join


def _join(backend: HTTPBackend, path: str, *parts: str) -> str:
    del backend
    for part in parts:
        path = f'{path.rstrip("/")}/{part.lstrip("/")}'
    return path
