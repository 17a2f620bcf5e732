# Out-of-distribution datasets that are folders of scans and labels, to be
# trained and tested on with labels. The tables of all of them, and where each
# is documented: reldistill_mm/datasets/layouts.
#
# One key says which (a child gives it to the three loaders):
#     dataset = dict(layout='semanticstf', data_root='data/semanticstf/')
#     train_dataloader = dict(dataset=dataset)
#     val_dataloader = dict(dataset=dataset)
#     test_dataloader = val_dataloader
# and model.decode_head.num_classes is the number of its classes.
_base_ = './steps.py'

dataset_type = 'LidarSegFolderDataset'
layout = 'semanticposs'
data_root = f'data/{layout}/'
# Arguments of mmengine's file backend, for files that lie elsewhere.
backend_args = dict()

load_points = dict(type='LoadFolderPoints', backend_args=backend_args)
# As SemanticKITTI's: the lower 16 bits are the class.
load_labels = dict(
    type='LoadPointLabels',
    seg_3d_dtype='np.int32',
    seg_offset=2**16,
    dataset_type='semantickitti',
    backend_args=backend_args)
load_labels_if_any = dict(load_labels, optional=True)

train_pipeline = [
    load_points, load_labels, _base_.flip_cloud,
    _base_.turn_scale_and_shift_cloud, _base_.pack_segmentation
]
test_pipeline = [load_points, load_labels_if_any, _base_.pack_segmentation]
eval_pipeline = test_pipeline
tta_pipeline = [
    load_points, load_labels_if_any, _base_.flip_and_pack_segmentation
]

data = dict(
    type=dataset_type,
    layout=layout,
    data_root=data_root,
    backend_args=backend_args)
train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(**data, split='train', scans=None, pipeline=train_pipeline))
val_dataloader = dict(
    **_base_.val_loader,
    dataset=dict(**data, split='val', pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader
