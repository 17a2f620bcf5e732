# nuScenes-C (Kong et al., ICCV 2023): the val set of nuScenes under eight
# corruptions of three severities, to be tested on with nuScenes' own info
# file. https://github.com/ldkong1205/Robo3D, docs/DATA_PREPARE.md: each of
# fog, wet_ground, snow, motion_blur, beam_missing, crosstalk, incomplete_echo
# and cross_sensor holds light, moderate and heavy, each of these
# samples/LIDAR_TOP and lidarseg/v1.0-trainval. Points that crosstalk made are
# labelled 43, which is ignored.
_base_ = './nuscenes_lidarseg.py'

corruption = 'fog'
severity = 'moderate'

# Another corruption is another data_root.
val_dataloader = dict(
    dataset=dict(
        data_root=f'data/nuscenes-c/{corruption}/{severity}/',
        ann_file='../../../nuscenes/nuscenes_infos_val.pkl'))
test_dataloader = val_dataloader
