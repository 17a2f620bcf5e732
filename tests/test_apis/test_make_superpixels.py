"""Maps of all images of a config, made once and read by training."""
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from PIL import Image
from small_options import make_options

import reldistill_mm
from reldistill_mm.apis import make_superpixels
from reldistill_mm.datasets.transforms.slic import slic_segments
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.segment_map import read_segments

CONFIG = reldistill_mm.config_path('baselines/slidr_nus.py')


@pytest.fixture
def options(keyframes, tiny_clip, tmp_path):
    shutil.copytree(keyframes, tmp_path / 'data')
    return make_options(str(tmp_path / 'data'), 'infos.pkl', tiny_clip)


def test_made_once_then_kept_and_read_by_the_pipeline(options):
    run = dict(workers=0, options=options)
    files, found = make_superpixels(CONFIG, **run)
    root = options['train_dataloader.dataset.data_root']
    assert files == f'{root}/superpixels/{{camera}}/{{stem}}.png'
    assert found == Counter(made=12)
    paths = sorted(Path(root, 'superpixels').rglob('*.png'))
    assert len(paths) == 12
    paths[3].unlink()
    before = {path: path.read_bytes() for path in paths if path != paths[3]}
    assert make_superpixels(CONFIG, **run)[1] == Counter(made=1, kept=11)
    assert all(path.read_bytes() == old for path, old in before.items())

    cfg = Config.fromfile(CONFIG)
    cfg.merge_from_dict(options)
    dataset = cfg.train_dataloader.dataset
    dataset.pipeline = [
        cfg.load_points, cfg.load_images, cfg.pair,
        dict(type='LoadSuperpixels', files=files), cfg.crop_images,
        cfg.pack_images
    ]
    pairs = DATASETS.build(dataset)[0]['data_samples'].pairs
    assert len(pairs.segment) and pairs.segment.min() >= 1


def test_processes_share_the_images(options):
    for rank in range(3):
        found = make_superpixels(
            CONFIG, workers=0, options=options, rank=rank, world_size=3)[1]
        assert found == Counter(made=4)
    found = make_superpixels(CONFIG, workers=0, options=options)[1]
    assert found == Counter(kept=12)
    with pytest.raises(BadInput, match='--rank 3 is not in .0, 3.'):
        make_superpixels(CONFIG, options=options, rank=3, world_size=3)


def test_a_map_is_that_of_the_whole_image(options, tmp_path):
    files = f'{tmp_path}/out/{{camera}}_{{stem}}.png'
    make_superpixels(
        CONFIG, files, segments=30, sigma=1., workers=0, options=options)
    path = sorted(Path(tmp_path, 'out').iterdir())[0]
    camera, stem = path.stem.rsplit('_', 1)
    image, = Path(tmp_path, 'data').rglob(f'{camera}/{stem}.jpg')
    wanted = slic_segments(np.asarray(Image.open(image)), 30, sigma=1.)
    np.testing.assert_array_equal(read_segments(str(path)), wanted + 1)


def test_what_would_be_overwritten_is_refused(options, tmp_path):
    run = dict(workers=0, options=options)
    with pytest.raises(BadInput, match="one file, 'a.png'"):
        make_superpixels(CONFIG, 'a.png', **run)
    with pytest.raises(BadInput, match=r'does not end in \.png'):
        make_superpixels(CONFIG, '{folder}/{stem}.jpg', **run)
    files = f'{tmp_path}/out/{{camera}}/{{stem}}.png'
    make_superpixels(CONFIG, files, **run)
    with pytest.raises(BadInput, match='made by .*=150.* and not by .*=99'):
        make_superpixels(CONFIG, files, segments=99, **run)
    other = sorted(tmp_path.rglob('out/*/*.png'))[0]
    Image.new('L', (9, 9)).save(other)
    with pytest.raises(BadInput, match='made by another tool'):
        make_superpixels(CONFIG, files, **run)


def test_images_that_are_not_there_and_wrong_numbers(options, tmp_path):
    files = f'{tmp_path}/out/{{camera}}/{{stem}}.png'
    sorted(tmp_path.rglob('*.jpg'))[0].unlink()
    with pytest.raises(MissingInput, match='The image .* does not exist'):
        make_superpixels(CONFIG, files, workers=0, options=options)
    with pytest.raises(BadInput, match='SLIC needs positive segments'):
        make_superpixels(CONFIG, files, segments=0, options=options)
    with pytest.raises(BadInput, match='--workers must not be negative'):
        make_superpixels(CONFIG, files, workers=-1, options=options)
