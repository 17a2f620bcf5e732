# MinkUNet34 taught by a frozen open_clip model. The student is mmdet3d's own
# backbone under its own name, so that downstream models can load it.
_base_ = 'mmdet3d::_base_/models/minkunet.py'

# CLIP's own mean and std; the model checks that they are its teacher's.
clip_mean = (0.48145466, 0.4578275, 0.40821073)
clip_std = (0.26862954, 0.26130258, 0.27577711)

data_preprocessor = _base_.model.data_preprocessor
data_preprocessor.update(
    type='DistillDataPreprocessor',
    batch_first=True,
    max_voxels=None,
    mean=[255 * value for value in clip_mean],
    std=[255 * value for value in clip_std])
data_preprocessor.voxel_layer.voxel_size = [0.1, 0.1, 0.1]

backbone = _base_.model.backbone
backbone.update(encoder_blocks=[2, 3, 4, 6], sparseconv_backend='spconv')

# Class name to words: a child or --cfg-options can change those of one class.
words = __import__('reldistill_mm').vocabulary('nuscenes')

model = dict(
    # mmdet3d's base brings a supervised head, which has no place here.
    _delete_=True,
    type='RelationalDistiller',
    data_preprocessor=data_preprocessor,
    backbone=backbone,
    projector=dict(type='PointProjector', in_channels=96, out_channels=512),
    # OpenAI's weights were trained with QuickGELU.
    teacher=dict(
        type='OpenCLIPTeacher',
        model='ViT-B-16-quickgelu',
        pretrained='openai'),
    pair_sampler=dict(type='RandomPairs', count=4096),
    distill_head=dict(
        type='DistillHead', losses=[dict(type='RelationalLoss')]),
    zero_shot_head=dict(
        type='ZeroShotHead', classes=list(words), vocabulary=words))
