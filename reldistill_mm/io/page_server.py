"""A server of pages for the browser of the same machine."""
import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import BadInput, MissingInput

LARGEST = 4096
"""Bytes that a question may have."""
_SECONDS = 10
_HTML = 'text/html; charset=utf-8'


class PageServer(ThreadingHTTPServer):
    """Serve one page, others of a folder, and answers to ``POST /embed``.

    It listens on 127.0.0.1 alone, and answers only who asks for it by that
    name: a page of elsewhere whose name was turned to this address is
    refused, and so is what another origin sends.

    Args:
        page (str): HTML at ``/``.
        folder (Path): Its ``.html`` files are served; nothing outside.
        embed (Callable): Takes a word, returns JSON values; what it says of
            bad input is passed on.
        port (int): Defaults to 0, a free one.
    """
    daemon_threads = True

    def __init__(self,
                 page: str,
                 folder: Path,
                 embed: Callable[[str], Any],
                 port: int = 0) -> None:
        self.page = page.encode()
        self.folder = Path(folder).resolve()
        self.embed = embed
        # Models are not made for two threads at once.
        self.lock = Lock()
        super().__init__(('127.0.0.1', port), _Handler)

    @property
    def hosts(self) -> set[str]:
        """Names by which it may be asked for."""
        return {f'{name}:{self.server_port}'
                for name in ('127.0.0.1', 'localhost')}  # yapf: disable

    @property
    def address(self) -> str:
        """Where the page is."""
        return f'http://127.0.0.1:{self.server_port}/'


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = _SECONDS
    protocol_version = 'HTTP/1.0'

    def do_GET(self) -> None:
        """Answer with a page."""
        if not self._is_ours():
            return
        path = unquote(urlsplit(self.path).path)
        if path == '/':
            self._answer(HTTPStatus.OK, self.server.page, _HTML)
            return
        file = self._file(path.lstrip('/'))
        if file is None:
            self._refuse(HTTPStatus.NOT_FOUND, 'There is no such page.')
        else:
            self._answer(HTTPStatus.OK, file.read_bytes(), _HTML)

    def do_POST(self) -> None:
        """Answer with an embedding."""
        if not self._is_ours():
            return
        if urlsplit(self.path).path != '/embed':
            self._refuse(HTTPStatus.NOT_FOUND, 'Ask /embed.')
            return
        # Forms of other pages cannot send this type.
        if self.headers.get_content_type() != 'application/json':
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, 'Send JSON.')
            return
        length = self.headers.get('Content-Length', '')
        if not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, 'Say its length.')
        elif len(length) > 9 or int(length) > LARGEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                         f'At most {LARGEST} bytes.')
        else:
            self._embed(self.rfile.read(int(length)))

    def _embed(self, body: bytes) -> None:
        try:
            word = json.loads(body)['word']
            if not isinstance(word, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, 'Send {"word": "a word"}.')
            return
        try:
            with self.server.lock:
                answer = self.server.embed(word)
        except (BadInput, MissingInput) as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        self._answer(HTTPStatus.OK,
                     json.dumps(answer).encode(), 'application/json')

    def _is_ours(self) -> bool:
        """Whether it is asked by its own name, from its own page."""
        hosts = self.server.hosts
        origin = self.headers.get('Origin')
        ours = self.headers.get('Host') in hosts and (
            origin is None or origin in {f'http://{host}'
                                         for host in hosts})
        if not ours:
            self._refuse(HTTPStatus.FORBIDDEN, 'Only this machine may ask.')
        return ours

    def _file(self, name: str) -> Path | None:
        """A page of the folder; None for all that is not one."""
        folder = self.server.folder
        try:
            # Links and dots are followed before it is judged.
            path = (folder / name).resolve()
            inside = path.is_relative_to(folder) and path.suffix == '.html'
            return path if inside and path.is_file() else None
        except (ValueError, OSError):
            return None

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self._answer(status,
                     json.dumps(dict(error=text)).encode(), 'application/json')

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Cache-Control', 'no-store')
        self.send_header('X-Content-Type-Options', 'nosniff')
        self.send_header('X-Frame-Options', 'DENY')
        self.send_header('Cross-Origin-Resource-Policy', 'same-origin')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing of each request."""
