# reldistill_nus.py as the SLidR family pretrains: on its 600 scenes, and by
# its schedule, SGD at 0.5. That rate was chosen for a contrastive loss, whose
# gradient is some six times as large as the relational one ("Learning rates"
# in docs/losses.md): compare losses by the AdamW of reldistill_nus.py.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/nuscenes_distill.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/schedules/sgd_cosine_50e.py',
]

scenes = 'slidr_600'
train_dataloader = dict(dataset=dict(scenes=scenes))

randomness = dict(seed=0)
