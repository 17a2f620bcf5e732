"""The server of pages refuses whatever is not its own page's question."""
import http.client
import json
import threading

import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.io.page_server import LARGEST, PageServer


@pytest.fixture
def server(tmp_path):
    (tmp_path / 'pages').mkdir()
    (tmp_path / 'pages/other.html').write_text('other')
    (tmp_path / 'pages/key.txt').write_text('secret')
    (tmp_path / 'secret.html').write_text('secret')
    (tmp_path / 'pages/link.html').symlink_to(tmp_path / 'secret.html')

    def embed(word):
        if word == 'bad':
            raise BadInput('bad is not a word')
        return dict(row=[1.5], offset=len(word))

    with PageServer('<p>the page', tmp_path / 'pages', embed) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path, body=None, **headers):
    link = http.client.HTTPConnection(*server.server_address, timeout=10)
    headers = {name.replace('_', '-'): each for name, each in headers.items()}
    if body is not None:
        headers.setdefault('Content-Type', 'application/json')
    link.request('GET' if body is None else 'POST', path, body, headers)
    answer = link.getresponse()
    text = answer.read().decode()
    link.close()
    return answer.status, text


def test_it_answers_its_own_page(server):
    assert server.server_address[0] == '127.0.0.1'
    assert ask(server, '/') == (200, '<p>the page')
    assert ask(server, '/?a=1#b')[0] == 200
    assert ask(server, '/other.html') == (200, 'other')
    status, text = ask(server, '/embed', json.dumps(dict(word='sofa')))
    assert status == 200 and json.loads(text) == dict(row=[1.5], offset=4)
    own = f'http://127.0.0.1:{server.server_port}'
    assert ask(server, '/embed', '{"word": "a"}', Origin=own)[0] == 200
    status, text = ask(server, '/embed', '{"word": "bad"}')
    assert status == 400 and 'not a word' in text


@pytest.mark.parametrize('path', [
    '/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html',
    '//etc/passwd', '/link.html', '/key.txt', '/none.html', '/other.html%00',
    '/pages', '/%ff', '/' + 'a' * 5000
])
def test_paths_outside_the_folder(server, path):
    status, text = ask(server, path)
    assert status == 404 and 'secret' not in text and 'root' not in text


@pytest.mark.parametrize('host', [
    'evil.example', 'evil.example:80', '127.0.0.1', 'localhost.evil.example',
    '', '127.0.0.1:1'
])
def test_other_hosts(server, host):
    """A name that an attacker turned to 127.0.0.1 is still theirs."""
    assert ask(server, '/', Host=host)[0] == 403
    assert ask(server, '/embed', '{"word": "a"}', Host=host)[0] == 403


@pytest.mark.parametrize('origin', ['http://evil.example', 'null'])
def test_other_origins(server, origin):
    assert ask(server, '/embed', '{"word": "a"}', Origin=origin)[0] == 403


def test_large_and_strange_bodies(server):
    large = json.dumps(dict(word='a' * LARGEST))
    assert ask(server, '/embed', large)[0] == 413
    # Before anything is read.
    assert ask(server, '/embed', '', Content_Length='9' * 30)[0] == 413
    assert ask(server, '/embed', '', Content_Length='-1')[0] == 411
    assert ask(server, '/embed', '{}', Content_Type='text/plain')[0] == 415
    assert ask(server, '/other', '{"word": "a"}')[0] == 404
    for body in ('', '[]', '{"word": 3}', '{"word"', '[' * 2000, '\xff'):
        assert ask(server, '/embed', body)[0] == 400, body
    assert ask(server, '/')[0] == 200
