"""Configs are found from anywhere."""
from pathlib import Path

import pytest

import reldistill_mm


def test_config_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = Path(reldistill_mm.config_path('reldistill_nus.py'))
    assert path.is_absolute() and path.is_file()


def test_unknown_config():
    with pytest.raises(FileNotFoundError, match='no_such.py'):
        reldistill_mm.config_path('no_such.py')
