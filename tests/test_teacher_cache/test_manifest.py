"""The manifest of a cache folder."""
import pytest

from reldistill_mm.teacher_cache import Manifest, read_manifest, write_manifest


def test_round_trip_and_key(tmp_path):
    manifest = Manifest(dict(teacher=dict(a=1, b=[2.5, None])), 'python x')
    write_manifest(tmp_path / 'new', manifest)
    found = read_manifest(tmp_path / 'new')
    assert found == manifest and found.key == manifest.key
    turned = manifest._replace(identity=dict(teacher=dict(b=[2.5, None], a=1)))
    assert turned.key == manifest.key
    other = manifest._replace(identity=dict(teacher=dict(a=1, b=[2.6, None])))
    assert other.key != manifest.key
    assert manifest._replace(command='python y').key == manifest.key


def test_missing_and_broken(tmp_path):
    with pytest.raises(
            FileNotFoundError, match='no teacher cache.*cache_teacher.py'):
        read_manifest(tmp_path)
    for text in ('{"identity": {', '[]', '{}'):
        (tmp_path / 'manifest.json').write_text(text)
        with pytest.raises(ValueError, match='manifest.json.*cache_teacher'):
            read_manifest(tmp_path)
