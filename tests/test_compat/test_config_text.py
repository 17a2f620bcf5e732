"""The text of a config is formatted once, and is mmengine's."""
from mmengine.config import Config, config

from reldistill_mm.compat.config_text import format_once


def test_one_text_is_formatted_once(monkeypatch):
    calls = []

    def theirs(text, **style):
        calls.append(text)
        return f'{text} {style}', True

    monkeypatch.setattr(config, 'FormatCode', theirs)
    format_once()
    once = config.FormatCode
    format_once()
    assert config.FormatCode is once
    assert once('a', width=1) == once('a', width=1) == ("a {'width': 1}", True)
    assert calls == ['a']
    # Another style, another text, and the first one again.
    assert once('a', width=2) == ("a {'width': 2}", True)
    assert once('b', width=2) == ("b {'width': 2}", True)
    assert once('a', width=1) == ("a {'width': 1}", True)
    assert calls == ['a', 'a', 'b', 'a']


def test_a_changed_config_has_a_changed_text():
    format_once()
    cfg = Config(dict(a=1, b=dict(c=[1, 2])))
    before = cfg.pretty_text
    assert cfg.pretty_text == before
    cfg.b.c = [1, 3]
    assert '3' in cfg.pretty_text and cfg.pretty_text != before
