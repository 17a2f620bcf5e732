"""Configs are found from anywhere."""
from pathlib import Path

import pytest

import reldistill_mm
from reldistill_mm.io.paths import cache_folder


def test_config_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = Path(reldistill_mm.config_path('reldistill_nus.py'))
    assert path.is_absolute() and path.is_file()


def test_unknown_config():
    with pytest.raises(FileNotFoundError, match='no_such.py'):
        reldistill_mm.config_path('no_such.py')


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv('RELDISTILL_CACHE', str(tmp_path / 'a'))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'b'))
    assert cache_folder('text') == tmp_path / 'a/text'
    monkeypatch.delenv('RELDISTILL_CACHE')
    assert cache_folder('text') == tmp_path / 'b/reldistill_mm/text'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert cache_folder('text') == tmp_path / '.cache/reldistill_mm/text'
