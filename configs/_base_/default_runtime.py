# mmdet3d's runtime, plus the one import that registers the plugin. No other
# base defines custom_imports: two bases of one config may not share a key.
_base_ = 'mmdet3d::_base_/default_runtime.py'

custom_imports = dict(imports=['reldistill_mm'], allow_failed_imports=False)

# Gives the caches their folder, teacher_cache_root, when a run starts: only
# then --cfg-options have been read. Else mmengine's own runner.
runner_type = 'DistillRunner'

custom_hooks = [
    dict(type='CheckClassesHook'),
    dict(type='CheckPairingHook'),
    dict(type='CheckTeacherCacheHook'),
    dict(type='CheckImageSizeHook'),
    dict(type='PrepareModelHook'),
    dict(type='StructureHook', interval=50)
]
default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2),
    # tools/test.py --task lidar_seg --show-dir DIR, without a window.
    visualization=dict(type='DrawSegmentationHook'),
    # Labels and features of one keyframe at each validation, for all backends
    # of the visualizer. interval=0: none.
    pictures=dict(type='ShowKeyframeHook', interval=1))

# Further backends: 'tensorboard', 'wandb', 'wandb_offline', or several in a
# list. --cfg-options watch=tensorboard
watch = []
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='Det3DLocalVisualizer', vis_backends=vis_backends, name='visualizer')
