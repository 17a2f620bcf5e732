"""A detector of mmdet3d that calls mmcv's operators, on either stack."""
import importlib.util
from pathlib import Path

import mmdet3d
import pytest
import torch
from mmdet3d.registry import MODELS
from mmdet3d.structures import Det3DDataSample
from mmengine.config import Config

COMPILED = importlib.util.find_spec('mmcv._ext').origin.endswith('.so')


def voxelize():
    """PointPillars' input, by mmcv's ``hard_voxelize_forward``."""
    cfg = Config(
        dict(
            type='Det3DDataPreprocessor',
            voxel=True,
            voxel_layer=dict(
                max_num_points=4,
                point_cloud_range=[0, -10, -3, 20, 10, 1],
                voxel_size=[1., 1., 4.],
                max_voxels=(100, 100))))
    preprocess = MODELS.build(cfg._cfg_dict)
    points = torch.tensor([[1.5, 0.5, 0., 1.], [1.6, 0.4, 0., 1.],
                           [5.5, 2.5, 0., 1.]])
    return preprocess.voxelize([points], [Det3DDataSample()])


@pytest.mark.skipif(COMPILED, reason='mmcv has its operators here')
def test_the_stand_in_says_what_is_missing(mmdet3d_scope):
    with pytest.raises(RuntimeError) as error:
        voxelize()
    assert "'hard_voxelize_forward' of mmcv" in str(error.value)
    assert 'STACK=openmmlab' in str(error.value)


@pytest.mark.skipif(
    not COMPILED,
    reason='mmcv-lite has no operators: make '
    'test STACK=openmmlab runs this one')
def test_the_compiled_operator_runs(mmdet3d_scope):
    found = voxelize()
    assert found['num_points'].tolist() == [2, 1]
    assert found['coors'].shape == (2, 4)


def test_a_detector_is_built_on_either(mmdet3d_scope):
    """Only calling an operator needs it."""
    configs = Path(mmdet3d.__file__).parent / '.mim' / 'configs'
    cfg = Config.fromfile(configs / '_base_' / 'models' /
                          'pointpillars_hv_secfpn_kitti.py')
    assert MODELS.build(cfg.model).bbox_head is not None
