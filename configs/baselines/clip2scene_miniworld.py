# CLIP2Scene (Chen et al., CVPR 2023): positives and negatives by the teacher's
# words, and points of three sweeps that agree in cells of space.
# clip2scene_nus.py says what it takes over and what it cannot. MiniWorld has
# no sweeps between keyframes: the two previous keyframes stand in for them,
# half a second apart, so that points of a moving car are paired with pixels
# that no longer show it. Cells are of 0.4 m, the size of the student's voxels;
# schedule and camera are MiniWorld's.
_base_ = '../reldistill_miniworld.py'

load_sweeps = dict(_base_.load_points, type='LoadSweeps', count=2, among=2)
sweeps_pipeline = [
    _base_.load_points, load_sweeps, _base_.load_images, _base_.pair,
    _base_.one_camera, _base_.whole_images, _base_.flip_images,
    _base_.flip_cloud, _base_.turn_cloud, _base_.pack_images
]
model = dict(
    pair_sampler=None,
    distill_head=dict(losses=[
        dict(type='TextGuidedLoss'),
        dict(type='CellConsistencyLoss', cell_size=0.4)
    ]))
train_dataloader = dict(
    dataset=dict(load_sweeps=True, pipeline=sweeps_pipeline))
