"""A folder over HTTP, and storage like S3's that is a dict."""
import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmengine.fileio import BaseStorageBackend, register_backend


class NoSuchKey(Exception):
    """As botocore's: no FileNotFoundError."""


@register_backend('tiny_s3', prefixes='tiny', force=True)
class TinyS3(BaseStorageBackend):
    """Keys to bytes; what a client of S3 offers, and no folders."""

    objects: dict[str, bytes] = {}
    reads: Counter = Counter()

    def __init__(self, secret: str | None = None) -> None:
        if secret != 'known':
            raise ValueError('backend_args were not handed on')

    def get(self, filepath):
        key = self._key(filepath)
        self.reads[key] += 1
        if key not in self.objects:
            raise NoSuchKey(key)
        return memoryview(self.objects[key])

    def get_text(self, filepath, encoding='utf-8'):
        return bytes(self.get(filepath)).decode(encoding)

    def put(self, obj, filepath):
        self.objects[self._key(filepath)] = bytes(obj)

    def exists(self, filepath):
        return self._key(filepath) in self.objects

    def list_dir_or_file(self, dir_path, list_dir=True):
        assert not list_dir  # a bucket has none
        prefix = self._key(dir_path).rstrip('/') + '/'
        for key in self.objects:
            name = key.removeprefix(prefix)
            if key.startswith(prefix) and '/' not in name:
                yield name

    def join_path(self, filepath, *filepaths):
        return '/'.join([filepath.rstrip('/'), *filepaths])

    @staticmethod
    def _key(path):
        return str(path).removeprefix('tiny://').replace('//', '/')

    @classmethod
    def upload(cls, folder: Path, root: str) -> None:
        for path in Path(folder).rglob('*'):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                cls.objects[f'{root}/{name}'] = path.read_bytes()


BACKEND = dict(backend='tiny_s3', secret='known')


class _Handler(SimpleHTTPRequestHandler):
    """Counts requests and the bytes that clients took."""
    sent: Counter = Counter()

    def copyfile(self, source, outputfile):
        with contextlib.suppress(ConnectionError):
            while piece := source.read(1024):
                # Before it is sent: who has read it may look at the count.
                self.sent[self.path] += len(piece)
                outputfile.write(piece)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[tuple[str, Counter]]:
    """Serve a folder on this machine; give its address and bytes by path."""
    _Handler.sent.clear()
    server = ThreadingHTTPServer(('127.0.0.1', 0),
                                 partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}', _Handler.sent
    finally:
        server.shutdown()
        server.server_close()
