"""The explorer's page from this machine to itself, with any word."""
from functools import partial
from pathlib import Path

from ..errors import BadInput
from ..io.page_server import PageServer
from .explore import Explored


def serve_explorer(explored: Explored, folder: Path, port: int = 0) -> None:
    """Serve the page until Ctrl-C; its words are embedded as they are typed.

    Args:
        explored (Explored): What :func:`.explore` returns.
        folder (Path): Other pages (.html) in it are served, too.
        port (int): Port on 127.0.0.1. Defaults to 0, a free one.

    Raises:
        BadInput: The port cannot be had, or no CLIP is here.
    """
    # Now, not when the first word is typed.
    embed = partial(explored.embed, teacher=explored.teacher())
    if not 0 <= port <= 65535:
        raise BadInput(f'--serve {port} is not a port, 0 to 65535.')
    try:
        server = PageServer(explored.html(served=True), folder, embed, port)
    except OSError as error:
        raise BadInput(f'--serve {port}: the port cannot be had '
                       f'({error.strerror}); leave it out for a free '
                       'one.') from error
    with server:
        print(
            f'Serving {server.address} to this machine alone; Ctrl-C ends '
            'it.',
            flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
