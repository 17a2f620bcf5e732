# finetune_kitti_1pct.py on a dataset that is a folder of scans and labels:
# every 100th train scan. A child names the dataset and the number of its
# classes; a test keeps that number equal to the one of the layout's table.
_base_ = [
    '../default_runtime.py',
    '../datasets/lidarseg_folder.py',
    '../models/minkunet34_segmentor.py',
    '../schedules/finetune_100e_foreign.py',
]

train_dataloader = dict(batch_size=16, dataset=dict(scans='every_100th_scan'))

randomness = dict(seed=0)
