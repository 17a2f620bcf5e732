"""The exported model is the trained one, without its teacher."""
import copy
import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmdet3d.apis import LidarSeg3DInferencer
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import load_checkpoint

import reldistill_mm
from reldistill_mm.apis import (class_colours, export_config, export_zero_shot,
                                points_only_pipeline, segment_file)
from reldistill_mm.errors import BadInput
from reldistill_mm.models import ZeroShotHead, ZeroShotSegmentor

WORDS = {'car': ['car'], 'a puddle': ['puddle', 'water'], 'tree': ['tree']}


@pytest.fixture
def exported(trained, tmp_path):
    return export_zero_shot(trained.cfg, trained.checkpoint, tmp_path / 'out')


def build(config, checkpoint):
    model = MODELS.build(Config.fromfile(config).model)
    load_checkpoint(model, str(checkpoint), strict=True)
    return model.eval()


def labels_of(sample):
    return sample.pred_pts_seg.pts_semantic_mask.numpy()


def test_predictions_are_the_distillers_to_the_bit(trained, exported,
                                                   clip_weights):
    clip_weights.unlink()
    cfg = Config.fromfile(exported[0])
    model = build(*exported)
    assert type(model) is ZeroShotSegmentor and model.teacher is None
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    assert len(dataset) == len(trained.samples) == 2
    for sample, expected in zip(dataset, trained.samples):
        data = model.data_preprocessor(pseudo_collate([sample]), False)
        assert set(data['inputs']) == {'points', 'voxels'}
        with torch.no_grad():
            found, = model(**data, mode='predict')
        assert torch.equal(found.pts_seg_logits.pts_seg_logits,
                           expected.pts_seg_logits.pts_seg_logits)
        np.testing.assert_array_equal(labels_of(found), labels_of(expected))
        assert found.metainfo['pred_classes'] == expected.metainfo[
            'pred_classes']
        np.testing.assert_array_equal(
            found.eval_ann_info['pts_semantic_mask'],
            expected.eval_ann_info['pts_semantic_mask'])
    assert len(np.unique(labels_of(found))) > 1


def test_checkpoint_holds_student_and_words_alone(trained, exported):
    """All tensors of the student, sparse kernels too, bit by bit."""
    before = torch.load(trained.checkpoint, weights_only=False)['state_dict']
    after = torch.load(exported[1], weights_only=False)
    state = after['state_dict']
    words = {'zero_shot_head.text_weights', 'zero_shot_head.text_key'}
    assert set(state) == set(before) | words
    loaded = build(*exported).state_dict()
    for name, tensor in before.items():
        assert torch.equal(loaded[name], tensor), name
    assert after['meta']['dataset_meta']['classes'][3] == 'car'
    assert len(after['meta']['dataset_meta']['palette']) == 16


def test_made_of_names_no_folder(trained, exported):
    meta = torch.load(exported[1], weights_only=True)['meta']
    digest = hashlib.sha256(trained.checkpoint.read_bytes()).hexdigest()
    assert meta['made_of'] == dict(checkpoint='epoch_1.pth', sha256=digest)
    for path in exported:
        assert str(trained.checkpoint).encode() not in path.read_bytes()


def test_config_inherits_from_nothing(exported, tmp_path):
    """It is read where there is neither this checkout nor a base file."""
    text = exported[0].read_text()
    assert '_base_' not in text and '__import__' not in text
    assert 'OpenCLIPTeacher' not in text.split('text_teacher')[0]
    moved = tmp_path / 'elsewhere.py'
    moved.write_text(text)
    cfg = Config.fromfile(moved)
    head = MODELS.build(cfg.model.zero_shot_head)
    assert head.classes == list(cfg.test_dataloader.dataset.metainfo.classes)


def test_the_shipped_clip_is_named_without_a_folder(trained, tmp_path):
    """An exported model moves to machines that have it elsewhere."""
    trained.cfg.text_teacher = dict(
        type='OpenCLIPTeacher', model=reldistill_mm.tiny_clip_model())
    config, _ = export_zero_shot(trained.cfg, trained.checkpoint, tmp_path)
    assert 'local-dir:' not in config.read_text()
    found = Config.fromfile(config).text_teacher.model
    assert found == reldistill_mm.tiny_clip_model()


def test_no_clip_is_imported_for_weights(exported, keyframes):
    """In a process of its own, with open_clip's factory out of order."""
    code = f"""
import open_clip.factory, open_clip
def refuse(*args, **kwargs):
    raise SystemExit('a CLIP was built')
open_clip.create_model = open_clip.factory.create_model = refuse
from mmdet3d.apis import LidarSeg3DInferencer
inferencer = LidarSeg3DInferencer({str(exported[0])!r}, {str(exported[1])!r},
                                  device='cpu')
result = inferencer(dict(points={str(cloud(keyframes, 0))!r}))
print(len(result['predictions'][0]['pts_semantic_mask']))
"""
    out = subprocess.run([sys.executable, '-c', code],
                         capture_output=True,
                         text=True)
    assert out.returncode == 0, out.stderr[-2000:]
    assert out.stdout.split()[-1] == '3000'


def cloud(keyframes, index):
    return keyframes / f'samples/LIDAR_TOP/{index:03d}.pcd.bin'


def test_scans_of_any_format_are_segment_pys(trained, keyframes, tmp_path):
    """Of a model that reads them by LoadScanPoints."""
    cfg = copy.deepcopy(trained.cfg)
    steps = cfg.test_dataloader.dataset.pipeline
    steps[0] = dict(type='LoadScanPoints')
    cfg.test_dataloader.dataset.pipeline = [
        step for step in steps if 'Label' not in step['type']
    ]
    points = np.fromfile(cloud(keyframes, 0), np.float32).reshape(-1, 5)
    np.save(tmp_path / 'scan.npy', points[:, :4])
    out = tmp_path / 'out'
    paths = export_zero_shot(cfg, trained.checkpoint, out)
    with pytest.raises(
            BadInput, match='by LoadScanPoints.*segment.py') as told:
        LidarSeg3DInferencer(*map(str, paths), device='cpu')
    assert '\n' not in str(told.value)
    segment_file(tmp_path / 'scan.npy', str(out), out=tmp_path / 'segmented')
    np.testing.assert_array_equal(
        np.load(tmp_path / 'segmented/labels.npy'),
        labels_of(trained.samples[0]))


def test_mmdet3ds_own_inferencer(trained, exported, keyframes, tmp_path):
    """From a file and from an array, with its JSON files."""
    inferencer = LidarSeg3DInferencer(
        str(exported[0]), str(exported[1]), device='cpu')
    for index, expected in enumerate(trained.samples):
        path = cloud(keyframes, index)
        # mmdet3d takes an array as it is, without use_dim.
        array = np.fromfile(path, np.float32).reshape(-1, 5)[:, :4]
        for points in (str(path), array):
            result = inferencer(dict(points=points))
            np.testing.assert_array_equal(
                result['predictions'][0]['pts_semantic_mask'],
                labels_of(expected))
    inferencer(
        dict(points=str(cloud(keyframes, 0))),
        out_dir=str(tmp_path / 'json'),
        no_save_vis=True)
    written, = (tmp_path / 'json').rglob('*.json')
    np.testing.assert_array_equal(
        json.loads(written.read_text())['pts_semantic_mask'],
        labels_of(trained.samples[0]))
    assert inferencer.model.dataset_meta['palette'][3] == [38, 65, 255]


def test_own_words(trained, tmp_path, keyframes):
    """Other classes than the dataset's: no label can judge them."""
    paths = export_zero_shot(trained.cfg, trained.checkpoint, tmp_path / 'own',
                             WORDS)
    cfg = Config.fromfile(paths[0])
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    assert list(dataset.metainfo['classes']) == list(WORDS)
    assert len(dataset) == 2
    assert len(dataset.metainfo['palette']) == 3
    inferencer = LidarSeg3DInferencer(
        str(paths[0]), str(paths[1]), device='cpu')
    result = inferencer(dict(points=str(cloud(keyframes, 0))))
    labels = np.array(result['predictions'][0]['pts_semantic_mask'])
    # The same as telling the distiller.
    options = trained.cfg.model.to_dict()
    options['zero_shot_head'].update(classes=list(WORDS), vocabulary=WORDS)
    model = MODELS.build(options).eval()
    load_checkpoint(model, str(trained.checkpoint), strict=True)
    sample = DATASETS.build(trained.cfg.test_dataloader.dataset)[0]
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    with torch.no_grad():
        expected, = model(**data, mode='predict')
    np.testing.assert_array_equal(labels, labels_of(expected))


def test_export_of_an_export(trained, exported, tmp_path, clip_weights):
    """Some of its words need no CLIP, others need its text_teacher."""
    some = dict(bus=['bus'], road=['road'])
    both = [
        export_zero_shot(*source, tmp_path / name, some)
        for name, source in (('first', (trained.cfg, trained.checkpoint)),
                             ('second', exported))
    ]
    states = [
        torch.load(path[1], weights_only=False)['state_dict'] for path in both
    ]
    name = 'zero_shot_head.text_weights'
    torch.testing.assert_close(states[0][name], states[1][name])
    clip_weights.unlink()
    export_zero_shot(*exported, tmp_path / 'third', some)
    with pytest.raises(FileNotFoundError, match='clip.safetensors'):
        export_zero_shot(*exported, tmp_path / 'fourth', WORDS)
    cfg = Config.fromfile(exported[0])
    cfg.text_teacher = None
    with pytest.raises(ValueError, match=r"\['puddle', 'water'\].*text_teach"):
        export_zero_shot(cfg, exported[1], tmp_path / 'fifth', WORDS)
    assert not (tmp_path / 'fifth').exists()


def test_checkpoints_that_do_not_fit(trained, tmp_path):
    state = torch.load(trained.checkpoint, weights_only=False)
    state['state_dict'].popitem()
    other = tmp_path / 'other.pth'
    torch.save(state, other)
    with pytest.raises(ValueError, match='other.pth.*missing from the'):
        export_zero_shot(trained.cfg, other, tmp_path / 'out')
    with pytest.raises(FileNotFoundError, match='none.pth'):
        export_zero_shot(trained.cfg, 'none.pth', tmp_path / 'out')
    with pytest.raises(FileNotFoundError, match='none.py'):
        export_zero_shot('none.py', trained.checkpoint, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('name', [
    'reldistill_nus.py', 'reldistill_semantickitti.py',
    'reldistill_miniworld.py', 'reldistill_othertown.py'
])
@pytest.mark.parametrize('own', [False, True])
def test_export_configs_of_all_datasets(name, own, mmdet3d_scope):
    """Each step is mmdet3d's own or ours, and none reads an image."""
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    data = cfg.test_dataloader.dataset
    data['scans' if 'Kitti' in data.type else 'keyframes'] = None
    head = MODELS.build(cfg.model.zero_shot_head)
    head = ZeroShotHead(WORDS) if own else head
    light = export_config(cfg, head)
    dataset = light.test_dataloader.dataset
    built = DATASETS.build({**dataset, 'lazy_init': True})
    assert list(built.metainfo['classes']) == head.classes
    assert dataset.pipeline[0].type == 'LoadPointsFromFile'
    assert not any('Camera' in step.type or 'Pair' in step.type
                   for step in dataset.pipeline)
    assert MODELS.build(light.model.zero_shot_head).classes == head.classes


def test_points_only_pipeline():
    """Scaled intensities stay scaled; nothing of cameras is left."""
    steps = [
        dict(
            type='LoadLidarPoints', load_dim=4, use_dim=4,
            intensity_scale=255),
        dict(type='LoadCameraImages', decode=False),
        dict(type='PairPointsWithPixels', on_empty='warn'),
        dict(
            type='TestTimeAug',
            transforms=[[dict(type='RandomFlip3D')],
                        [dict(type='PackPairs', keys=['points', 'img'])]])
    ]
    assert points_only_pipeline(steps) == [
        dict(
            type='LoadPointsFromFile',
            coord_type='LIDAR',
            load_dim=4,
            use_dim=4),
        dict(type='CheckPointColumns', load_dim=4),
        dict(type='ScaleIntensity', factor=255),
        dict(
            type='TestTimeAug',
            transforms=[[dict(type='RandomFlip3D')],
                        [dict(type='Pack3DDetInputs', keys=['points'])]])
    ]
    assert steps[0]['type'] == 'LoadLidarPoints'


@pytest.mark.parametrize('columns', [4, 6])
def test_clouds_of_other_columns_are_refused(exported, tmp_path, columns):
    """3 000 points of KITTI take the bytes of 2 400 of nuScenes."""
    points = np.random.default_rng(0).normal(0, 9, (3000, columns))
    points[:, 3] = np.abs(points[:, 3])
    path = tmp_path / '000000.bin'
    points.astype(np.float32).tofile(path)
    inferencer = LidarSeg3DInferencer(
        str(exported[0]), str(exported[1]), device='cpu')
    with pytest.raises(
            BadInput,
            match=f'000000.bin.*5 columns.*seems to have {columns}.*load_dim'):
        inferencer(dict(points=str(path)))
    inferencer = LidarSeg3DInferencer(
        other_columns(exported[0], tmp_path, columns),
        str(exported[1]),
        device='cpu')
    result = inferencer(dict(points=str(path)))
    assert len(result['predictions'][0]['pts_semantic_mask']) == 3000


def other_columns(config, folder, columns):
    """The remedy that the message names."""
    cfg = Config.fromfile(config)
    for step in cfg.test_dataloader.dataset.pipeline:
        if 'load_dim' in step or step['type'] == 'CheckPointColumns':
            step['load_dim'] = columns
    cfg.dump(folder / 'other.py')
    return str(folder / 'other.py')


def test_colours_need_no_teacher_cache(trained):
    """A test on cached features names the cache only where it runs."""
    cfg = copy.deepcopy(trained.cfg)
    cfg.test_dataloader.dataset.pipeline = cfg.cached_paired_pipeline
    assert class_colours(cfg) == class_colours(trained.cfg) != {}


def test_data_without_labels(trained, keyframes, tmp_path):
    """No test_dataloader to take colours from, or to export."""
    trained.cfg.test_dataloader = trained.cfg.test_cfg = None
    trained.cfg.test_evaluator = None
    paths = export_zero_shot(trained.cfg, trained.checkpoint, tmp_path, WORDS)
    cfg = Config.fromfile(paths[0])
    assert 'test_dataloader' not in cfg and not class_colours(cfg)
    meta = torch.load(paths[1], weights_only=True)['meta']['dataset_meta']
    assert meta['classes'] == list(WORDS) and len(meta['palette']) == 3
    written = segment_file(
        cloud(keyframes, 0),
        str(tmp_path),
        out=tmp_path / 'labels',
        say=lambda _: None)
    assert np.load(written[0]).shape == (3000, )
