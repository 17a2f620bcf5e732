"""Situations: keys and values of configs, and of command lines."""
import argparse

import pytest
from config_files import load
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere, situation

from reldistill_mm.cli.command_line import device
from reldistill_mm.cli.pipeline_errors import missing_steps
from reldistill_mm.cli.torch_errors import explain_torch
from reldistill_mm.datasets.transforms import LoadLidarPoints
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.plan import plan_runs
from reldistill_mm.io.config_check import check_config
from reldistill_mm.io.config_file import merge_options

NUS = 'reldistill_nus.py'
TRAIN = 'train_dataloader.dataset'


def options(changes: dict) -> None:
    """Change a config and look at it as the tools do."""
    cfg = load(NUS)
    merge_options(cfg, changes)
    check_config(cfg)


def refused(key: str, value: object, sees: str) -> None:
    """Add the situation of one --cfg-options."""

    @situation(f'--cfg-options {key}={value}', 'config', REFUSED, sees)
    def _(tmp):
        options({key: value})


refused(f'{TRAIN}.modality.use_camra', True,
        f"{TRAIN}.modality.use_camra is not read; did you mean 'use_camera'?")
refused(
    'env_cfg.cudnn_benchmrk', True,
    "env_cfg has no 'cudnn_benchmrk', which nothing would read; did you mean "
    "'cudnn_benchmark'?")
refused('env_cfg.dist_cfg.timout', 60,
        "env_cfg.dist_cfg has no 'timout', ... did you mean 'timeout'?")
refused(
    'env_cfg.dist_cfg.backend', 'ncll',
    "env_cfg.dist_cfg.backend='ncll' is not a backend; did you mean 'nccl'?")
refused(
    'train_dataloader.dataset', 'NuScenesLidarSegDataset',
    "train_dataloader.dataset='NuScenesLidarSegDataset' is text: give it "
    "dict(type='NuScenesLidarSegDataset') if that is its class.")
refused(f'{TRAIN}.ann_file', 3, f'{TRAIN}.ann_file=3 is not what ... str.')
refused(
    'train_dataloader.batchsize', 4,
    "train_dataloader has no 'batchsize', which nothing would read; did you "
    "mean 'batch_size'?")
refused('randomness.sed', 1, "randomness has no 'sed', ... 'seed'?")
refused(
    'default_hooks.checkpoint.intervall', 5,
    "default_hooks.checkpoint has no 'intervall', which nothing would read; "
    "did you mean 'interval'?")
refused(f'{TRAIN}.metainfo.clases', ['car'],
        f"{TRAIN}.metainfo.clases is not read; did you mean 'classes'?")
refused('default_hooks.chekpoint.interval', 5,
        "default_hooks.chekpoint names no type; did you mean 'checkpoint'?")
refused(
    'optim_wrapper.paramwise_cfg.norm_decay', 0,
    "optim_wrapper.paramwise_cfg has no 'norm_decay', ... did you mean "
    "'norm_decay_mult'?")
refused(
    'data_root', 'data/other/',
    "--cfg-options data_root: 'data_root' is a variable of '...', which has "
    'been used before options are read: set train_dataloader.dataset.'
    'data_root, ... instead.')
refused(
    'data_preprocessor.max_voxels', 9,
    "--cfg-options data_preprocessor.max_voxels: 'data_preprocessor' is a "
    'variable of ...: set model.data_preprocessor instead.')
refused('allow_partial', 'no',
        "allow_partial='no' is a switch: give it True or False.")
refused('resume', 'work_dirs/a/epoch_1.pth',
        "resume='...' is a switch: give it True or False.")
refused(
    'train_dataloader.sampler.shuffle', 'off',
    "train_dataloader.sampler.shuffle='off' is not what DefaultSampler takes: "
    'give it bool.')
refused(
    f'{TRAIN}.modality.use_camera', 'no',
    f"{TRAIN}.modality.use_camera='no' is a switch: give it True or False.")
refused('log_level', 'INF',
        "log_level='INF' is not a level; did you mean 'INFO'?")
refused(
    'load_from', 3, 'load_from=3 is not text, which names something: put it '
    'in quotes if it is a name.')
for seed in (-1, 'abc'):
    refused(
        'randomness.seed', seed, f'randomness.seed={seed!r} is not a whole '
        'number from 0 to 2 ** 32 - 1, or None.')
refused(
    'optim_wrapper.optimizer.lr', '1e',
    "optim_wrapper.optimizer.lr='1e' is text, not a number: give it a "
    'number.')
refused('train_dataloader.batch_size', 0,
        'train_dataloader.batch_size=0 is not a positive whole number.')
refused(
    'train_cfg.max_epochs', '1_0',
    "train_cfg.max_epochs='1_0' is not a positive whole number (to test "
    'without training, take tools/test.py).')
refused('train_cfg.max_epochs', 0, 'train_cfg.max_epochs=0 is not ...')
refused(
    'train_dataloader.num_workers', 0,
    'train_dataloader.persistent_workers=True needs processes that load data: '
    'set train_dataloader.num_workers to 1 or more, or persistent_workers to '
    'False.')
refused(
    'model.data_preprocessor.voxel_type', 'hard',
    "model.data_preprocessor.voxel_type='hard', and MinkUNetBackbone reads "
    "the voxels of 'minkunet' alone: set it to that.")
refused(
    f'{TRAIN}.indices', 0,
    f'{TRAIN}.indices=0 leaves no sample: give the number of samples, a list '
    'of their places, or None for all.')
refused(
    f'{TRAIN}.pipeline.1.calibrated_size', (900, ),
    f'{TRAIN}.pipeline.1.calibrated_size=(900,) is not what LoadCameraImages '
    'takes: give it tuple[int, int].')
refused(
    f'{TRAIN}.pipeline.2.occlusion', True,
    f'{TRAIN}.pipeline.2.occlusion=True is not what PairPointsWithPixels '
    'takes: give it dict.')


@situation(
    "mmdet3d's SegMetric(submission_prefix='out')", 'config', REFUSED,
    "test_evaluator.submission_prefix='out': mmdet3d's SegMetric writes "
    "ScanNet's submissions alone, and nothing of these datasets. Leave "
    'submission_prefix out; tools/segment.py writes labels.')
def _(tmp):
    options({
        'test_evaluator.type': 'SegMetric',
        'test_evaluator.submission_prefix': 'out'
    })


@situation('every config of the package', 'config', RIGHT,
           'nothing is refused')
def _(tmp):
    from config_files import CONFIGS
    for name in CONFIGS:
        check_config(load(name))


@situation('a bool given as 1 or 0, a list for a pair, an int for a float',
           'config', RIGHT, 'taken')
def _(tmp):
    options({
        f'{TRAIN}.modality.use_camera': 1,
        f'{TRAIN}.pipeline.1.calibrated_size': [900, 1600],
        f'{TRAIN}.pipeline.2.min_depth': 2,
        f'{TRAIN}.pipeline.2.occlusion': None,
        f'{TRAIN}.indices': -5,
        'optim_wrapper.optimizer.lr': 1,
    })


@situation(
    "mmdet3d's LoadPointsFromFile(norm_intensity=True) in training alone",
    'config', REFUSED, 'train_dataloader.dataset.pipeline.0 has '
    'norm_intensity=True and test_dataloader.dataset.pipeline.0 has not: a '
    'model needs intensities of one range in training and testing.')
def _(tmp):
    options({
        f'{TRAIN}.pipeline.0.type': 'LoadPointsFromFile',
        f'{TRAIN}.pipeline.0.norm_intensity': True
    })


@situation(
    'LoadLidarPoints(norm_intensity=True)', 'config', REFUSED,
    'norm_intensity=True squeezes intensities by tanh, and the models have 0 '
    'to 255: leave it out, and give intensity_scale=255 for those from 0 to '
    '1.')
def _(tmp):
    LoadLidarPoints(load_dim=4, use_dim=4, norm_intensity=True)


for lacks, needs, key in (('LoadCameraImages', 'PairPointsWithPixels',
                           'img_shapes'), ('LoadLidarPoints',
                                           'PairPointsWithPixels', 'points'),
                          ('PairPointsWithPixels (or '
                           'LoadCachedPairs)', 'PackPairs', 'pairs')):

    @situation(
        f'a pipeline without {lacks.partition(" ")[0]}', 'config', REFUSED,
        f"{needs} finds no '{key}': the pipeline lacks {lacks} in front of "
        f'{needs}.')
    def _(tmp, needs=needs, key=key):
        from mmcv.transforms import BaseTransform

        def transform(self, results):
            return results[key]

        step = type(needs, (BaseTransform, ), dict(transform=transform))()
        with missing_steps():
            step({})


@situation(
    'model.backbone.in_channels=5 for points of 4 columns', 'config', REFUSED,
    'A part of the model takes another width than it is given (channel size '
    'mismatch): set model.backbone.in_channels to the number of columns that '
    'the step that loads points keeps (use_dim), and ...')
def _(tmp):
    with explain_torch():
        raise AssertionError('channel size mismatch')


for name in ('..', 'a/../../b', '.'):

    @situation(
        f'run_protocol.py --checkpoints {name}=FILE', 'names', REFUSED,
        f"'{name}' is not a name for a column and its folder: leave out "
        'slashes and dots alone.')
    def _(tmp, name=name):
        plan_runs({name: ''}, [], [0])


@situation('run_protocol.py --seeds -1', 'values', REFUSED,
           '--seeds are from 0 to 2 ** 32 - 1, not [-1].')
def _(tmp):
    plan_runs(dict(random=''), [], [0, -1])


@situation('run_protocol.py --protocols FOLDER', 'names', REFUSED,
           "'a' is a folder: name a file in it.")
def _(tmp):
    (tmp / 'a').mkdir()
    plan_runs(dict(random=''), [tmp / 'a'], [0])


@situation(
    '--device meta, which computes nothing', 'values', REFUSED,
    "'meta' cannot be used (...); use cpu, or cuda where there is a "
    'GPU')
def _(tmp):
    try:
        device('meta')
    except argparse.ArgumentTypeError as error:
        raise BadInput(str(error)) from error
    pytest.fail('meta is accepted')


SEEDED = 'tests/test_hooks/test_resumed.py::'
elsewhere(
    'what mmengine or mmdet3d refuse when they build a run (shuffle beside a '
    'sampler, a hook every 0 steps, val_cfg=None alone)', 'config', REFUSED,
    'The config cannot be built (interval must be greater than 0): correct it '
    'in the config, or its --cfg-options.',
    f'{SEEDED}test_what_mmengine_refuses_is_named_and_bugs_keep_their_'
    'traceback')
elsewhere(
    '--cfg-options optim_wrapper.optimizer.lr=-1', 'config', REFUSED,
    'optim_wrapper cannot be built (Invalid learning rate: -1): correct it '
    'in the config, or its --cfg-options.',
    SEEDED + 'test_what_cannot_be_built_is_named')
elsewhere(
    '--amp on a CPU', 'config', REFUSED,
    'Mixed precision (--amp, optim_wrapper.type=AmpOptimWrapper) needs a GPU: '
    'leave it out on a CPU.', SEEDED + 'test_what_cannot_be_built_is_named')
elsewhere(
    '--resume in a folder without a checkpoint', '5', WARNED,
    "There is no checkpoint in '...' to resume from: training starts at "
    'the beginning, from the weights that the model begins with. Is '
    '--work-dir that of the earlier run?',
    SEEDED + 'test_nothing_to_resume_is_said')
elsewhere(
    '--resume with another learning rate, weight decay or schedule', '5',
    WARNED, 'Resumed training goes on with the settings of its checkpoint: '
    'optimizer.lr=0.1 (the config says 0.5). For those of the config, start '
    'from its weights: --cfg-options load_from=PATH, without --resume.',
    SEEDED + 'test_overridden_settings_are_said')
elsewhere('data_prefix.pst: a mistyped key', 'config', REFUSED,
          "data_prefix has 'pst', which nothing reads; did you mean 'pts'?",
          'tests/test_datasets/test_prefixes.py::test_mistyped_keys')
elsewhere(
    'data_prefix.x: a camera that no info has', 'config', WARNED,
    "data_prefix has 'x', which nothing reads: it is not a camera of the "
    'infos; there are ...',
    'tests/test_datasets/test_prefixes.py::test_unknown_cameras')
elsewhere(
    'a camera matrix of another shape', '1', REFUSED,
    "Camera 'CAM_FRONT' ('...'): cam2img is of shape (2, 2), not 3x3 or 3x4 "
    'or 4x4.', 'tests/test_datasets/test_calibration_doors.py::'
    'test_shapes_of_matrices_are_told_as_a_sentence')
elsewhere(
    'a pipeline that does not pack', 'config', REFUSED,
    'The batch is not packed: end the pipeline with PackPairs, or '
    'Pack3DDetInputs for points alone.',
    'tests/test_models/test_data_preprocessor.py::'
    'test_a_batch_that_is_not_packed')
