# What all datasets share: the steps of their pipelines, each by its name,
# and the loaders. The base of a dataset composes pipelines of these names and
# of its own. A child that changes a step names the list again: no pipeline
# depends on the position of a step in another one.

# Pairs of points and pixels, before anything moves. One rule for all datasets:
# a point that something nearer hides from the camera teaches nothing, since
# its pixel shows what is nearer. pair=dict(type='PairPointsWithPixels') keeps
# hidden points, as the SLidR family does.
pair = dict(type='PairPointsWithPixels', occlusion=dict())
# At test time a cloud that no camera sees is segmented all the same. "Visible"
# in the metrics is what falls into an image, hidden or not.
pair_if_seen = dict(type='PairPointsWithPixels', on_empty='warn')
# Or the pairs with the teacher's features, from the files of
# tools/cache_teacher.py in teacher_cache_root. A loss over 4096 pairs of a
# batch of 8 draws about 512 of each keyframe.
load_cached_pairs = dict(type='LoadCachedPairs', num_pairs=1024)

# For losses over superpixels: after the crop it divides what the teacher
# sees. Instead of it, right after the pairing, maps of whole images:
# dict(type='LoadSuperpixels', files='PATH/{camera}/{stem}.png')
slic = dict(type='SlicSuperpixels')

flip_images = dict(type='RandomFlipCameras')
flip_cloud = dict(
    type='RandomFlip3D',
    sync_2d=False,
    flip_ratio_bev_horizontal=0.5,
    flip_ratio_bev_vertical=0.5)
turn_cloud = dict(
    type='GlobalRotScaleTrans',
    rot_range=[-3.141592653589793, 3.141592653589793],
    scale_ratio_range=[1.0, 1.0],
    translation_std=[0, 0, 0])
# What is trained on labels of a single LiDAR is also scaled and shifted.
turn_scale_and_shift_cloud = dict(
    turn_cloud,
    scale_ratio_range=[0.95, 1.05],
    translation_std=[0.1, 0.1, 0.1])

pack_points = dict(type='PackPairs', keys=['points'])
pack_images = dict(type='PackPairs', keys=['points', 'img'])
pack_labels = dict(type='PackPairs', keys=['points', 'pts_semantic_mask'])
pack_all = dict(type='PackPairs', keys=['points', 'img', 'pts_semantic_mask'])
# Without pairs.
pack_segmentation = dict(
    type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])

# tools/test.py --tta: the mean over flips.
tta_model = dict(type='Seg3DTTAModel')
flips = [
    dict(
        type='RandomFlip3D',
        sync_2d=False,
        flip_ratio_bev_horizontal=float(horizontal),
        flip_ratio_bev_vertical=float(vertical))
    for horizontal in (False, True) for vertical in (False, True)
]
flip_and_pack_labels = dict(
    type='TestTimeAug', transforms=[flips, [pack_labels]])
flip_and_pack_segmentation = dict(
    type='TestTimeAug', transforms=[flips, [pack_segmentation]])

# Clouds and images (uint8) go to a GPU while it works; without one PyTorch
# only warns about pinned memory.
pin_memory = __import__('torch').cuda.is_available()
train_loader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    pin_memory=pin_memory,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=True))
# round_up=False: no sample is counted twice when several GPUs share the set.
val_loader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    pin_memory=pin_memory,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False))

val_evaluator = dict(type='PointSegMetric')
test_evaluator = val_evaluator
