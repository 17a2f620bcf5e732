"""What a protocol looks at before it takes a run for finished."""
import shutil

import safetensors.torch
import torch
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.experiments.data_state import data_state


def states(name, options):
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    cfg.merge_from_dict(options)
    return data_state(cfg, {})


def test_images_and_weights_under_the_same_path(keyframes, small_options,
                                                clip_weights, tmp_path):
    root, weights = tmp_path / 'data', tmp_path / 'clip.safetensors'
    shutil.copytree(keyframes, root)
    shutil.copy(clip_weights, weights)
    small_options.update({
        'test_dataloader.dataset.data_root': str(root),
        'model.teacher.pretrained': str(weights)
    })
    ensemble = 'reldistill_nus_ensemble.py'
    before = states(ensemble, small_options)
    assert states(ensemble, small_options) == before

    image = root / 'samples' / 'CAM_BACK' / '001.jpg'
    image.write_bytes(image.read_bytes() + b'\0')
    images = states(ensemble, small_options)
    assert {key
            for key in images
            if images[key] != before[key]} == {'test images'}

    tensors = safetensors.torch.load_file(weights)
    name = next(iter(tensors))
    safetensors.torch.save_file(
        dict(tensors, **{name: tensors[name] + 1}), weights)
    other = states(ensemble, small_options)
    assert {key for key in other if other[key] != images[key]} == {'teacher'}
    torch.save(tensors, weights.with_suffix('.pt'))
    small_options['model.teacher.pretrained'] = str(weights.with_suffix('.pt'))
    assert states(ensemble, small_options)['teacher'] == before['teacher']
