# nuScenes-C (Kong et al., ICCV 2023): the val set of nuScenes under eight
# corruptions of three severities, to be tested on with nuScenes' own info
# file. https://github.com/ldkong1205/Robo3D, docs/DATA_PREPARE.md: each of
# fog, wet_ground, snow, motion_blur, beam_missing, crosstalk, incomplete_echo
# and cross_sensor holds light, moderate and heavy, each of these
# samples/LIDAR_TOP and lidarseg/v1.0-trainval. Points that crosstalk made are
# labelled 43, which is ignored.
_base_ = './nuscenes_distill.py'

corruption = 'fog'
severity = 'moderate'
input_modality = dict(use_lidar=True, use_camera=False)

test_pipeline = [
    *_base_.test_pipeline[:2],
    dict(type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])
]
eval_pipeline = test_pipeline

# Another corruption is another data_root.
val_dataloader = dict(
    dataset=dict(
        data_root=f'data/nuscenes-c/{corruption}/{severity}/',
        ann_file='../../../nuscenes/nuscenes_infos_val.pkl',
        pipeline=test_pipeline,
        modality=input_modality))
test_dataloader = val_dataloader
