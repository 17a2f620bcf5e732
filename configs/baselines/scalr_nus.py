# ScaLR (Puy et al., CVPR 2024): the distance of every pair of one random
# camera of each keyframe to DINOv2's feature, without negatives.
# Taken over, from its public configs and code: |k - q| of unit rows; DINOv2
# ViT-L/14's last block in front of its norm; whole images of 224 x 448,
# neither cropped nor flipped; clouds turned, flipped and scaled by 0.9 to 1.1;
# AdamW at 2e-3 with weight decay 0.03, batch 8, 25 epochs, a linear warm-up of
# 3500 steps (one epoch of nuScenes) and a cosine down to 1e-5. Not taken over:
# the student is MinkUNet34 and not WaffleIron of 48 layers (its paper: the
# student's size matters), on nuScenes alone and not on four data sets, in
# float32; maps are read between the middles of patches, where its code
# stretches them to the images' corners; points are not cut to 20 000, and
# those that something nearer hides are left out (pair). DINOv2 knows no words:
# validation reports structure, and a probe or fine-tuning judges.
_base_ = '../reldistill_nus.py'

# What DINOv2 was trained with.
dino_mean = (0.485, 0.456, 0.406)
dino_std = (0.229, 0.224, 0.225)
model = dict(
    data_preprocessor=dict(
        mean=[255 * value for value in dino_mean],
        std=[255 * value for value in dino_std]),
    teacher=dict(
        _delete_=True,
        type='TimmTeacher',
        model='vit_large_patch14_dinov2.lvd142m',
        normalise=False),
    projector=dict(out_channels=1024),
    pair_sampler=None,
    distill_head=dict(losses=[dict(type='SimilarityLoss', distance='l2')]),
    zero_shot_head=None)

image_size = (224, 448)
one_camera = dict(type='SampleCameras', num_cameras=1)
whole_images = dict(_base_.whole_images, size=image_size)
turn_cloud = dict(_base_.turn_cloud, scale_ratio_range=[0.9, 1.1])
train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, one_camera,
    whole_images, _base_.flip_cloud, turn_cloud, _base_.pack_images
]
paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.pack_all
]
# From a cache the pairs of all cameras.
cached_pipeline = [
    _base_.load_points,
    dict(type='LoadCachedPairs'), _base_.flip_cloud, turn_cloud,
    _base_.pack_points
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

lr = 2e-3
max_epochs = 25
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=lr, weight_decay=0.03))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        begin=0,
        end=1,
        by_epoch=True,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=max_epochs - 1,
        begin=1,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-5)
]
train_cfg = dict(max_epochs=max_epochs)
auto_scale_lr = dict(base_batch_size=8)
