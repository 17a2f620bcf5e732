# reldistill_nus.py on the 600 scenes of the SLidR family's pretraining.
_base_ = './reldistill_nus.py'

scenes = 'slidr_600'
train_dataloader = dict(dataset=dict(scenes=scenes))
