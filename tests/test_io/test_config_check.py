"""What users rightly write passes; the refusals are in tests/test_faults."""
import pytest
from mmdet3d.registry import MODELS
from mmengine.optim import DefaultOptimWrapperConstructor

from reldistill_mm.datasets.transforms.camera_paths import require_own_images
from reldistill_mm.errors import BadInput
from reldistill_mm.io.config_check import check_config


@MODELS.register_module()
class ReachForTests:
    """A class of a user's own, without annotations."""

    def __init__(self, pretrained=False, reach=0.5, modality=None):
        pass


@pytest.mark.parametrize('cfg', [
    dict(train_dataloader=dict(dataset=dict(
        type='Own', modality=dict(use_thermal=True)))),
    dict(model=dict(fuser=dict(modality=dict(a=1)))),
    dict(train_dataloader=dict(dataset=dict(
        type='Own', metainfo=dict(class_names=['a'], colours=[])))),
    dict(model=dict(type='X', enable=.5)),
    dict(optim_wrapper=dict(clip_grad=dict(type='agc', clipping=.01))),
    # mmdet's, of numbers of samples over batch sizes.
    dict(train_cfg=dict(val_interval=82512., max_iters=1e5)),
    dict(optim_wrapper=dict(
        constructor=DefaultOptimWrapperConstructor,
        paramwise_cfg=dict(norm_decay_mult=0))),
    dict(optim_wrapper=dict(
        constructor='MyDefaultOnes', paramwise_cfg=dict(layer_decay=.9))),
    dict(test_evaluator=dict(type='MySegMetric', submission_prefix='out')),
    dict(model=dict(
        backbone=dict(type='MyMinkUNetX'),
        data_preprocessor=dict(type='Own', voxel_type='dynamic'))),
    dict(model=dict(part=dict(
        type='ReachForTests', pretrained='a.pth', reach='auto'))),
])  # yapf: disable
def test_what_users_own_classes_may_read(cfg):
    check_config(cfg)


@pytest.mark.parametrize('paths', [
    dict(front='d/front/1.jpg', left='d/left/1.jpg',
         front_left='d/front/left/1.jpg'),
    dict(thermal='d/thermal/rgb/1.png', rgb='d/rgb/1.png'),
])  # yapf: disable
def test_folders_whose_names_are_parts_of_a_cameras(paths):
    require_own_images(paths)


def test_a_neighbours_image_is_still_refused():
    with pytest.raises(BadInput, match="names the camera 'CAM_FRONT_LEFT'"):
        require_own_images(
            dict(
                CAM_FRONT='s/CAM_FRONT_LEFT/n__CAM_FRONT_LEFT__1.jpg',
                CAM_FRONT_LEFT='s/CAM_FRONT_LEFT/n__CAM_FRONT_LEFT__2.jpg',
                CAM_BACK='s/CAM_BACK/n__CAM_BACK__1.jpg'))
