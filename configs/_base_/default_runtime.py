# mmdet3d's runtime, plus the one import that registers the plugin. No other
# base defines custom_imports: two bases of one config may not share a key.
_base_ = 'mmdet3d::_base_/default_runtime.py'

custom_imports = dict(imports=['reldistill_mm'], allow_failed_imports=False)

custom_hooks = [
    dict(type='CheckClassesHook'),
    dict(type='CheckImageSizeHook'),
    dict(type='CheckTeacherCacheHook'),
    dict(type='StructureHook', interval=50)
]
default_hooks = dict(
    logger=dict(interval=50), checkpoint=dict(interval=1, max_keep_ckpts=2))
