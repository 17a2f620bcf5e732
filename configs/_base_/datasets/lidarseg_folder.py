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
_base_ = './semantickitti_lidarseg.py'

dataset_type = 'LidarSegFolderDataset'
layout = 'semanticposs'
data_root = f'data/{layout}/'
backend_args = None

load_points = dict(type='LoadFolderPoints', backend_args=backend_args)
train_pipeline = [load_points, *_base_.train_pipeline[1:]]
test_pipeline = [load_points, *_base_.test_pipeline[1:]]
eval_pipeline = test_pipeline
tta_pipeline = [load_points, *_base_.tta_pipeline[1:]]

dataset = dict(
    _delete_=True,
    type=dataset_type,
    layout=layout,
    data_root=data_root,
    backend_args=backend_args)
train_dataloader = dict(
    dataset=dict(
        **dataset, split='train', scans=None, pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        **dataset, split='val', pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader
