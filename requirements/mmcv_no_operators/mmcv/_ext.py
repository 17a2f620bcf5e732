"""Takes the place of mmcv's compiled operators; each raises when called."""


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)

    if name in ('get_compiler_version', 'get_compiling_cuda_version'):
        # mmcv's report of the environment asks for these.
        return lambda: 'n/a (mmcv-lite)'

    def missing(*args, **kwargs):
        raise RuntimeError(
            f"The operator '{name}' of mmcv is not installed: this "
            'environment has mmcv-lite, which is all that reldistill_mm '
            'needs. For other models of mmdet3d run `make env '
            'STACK=openmmlab`, or install an mmcv (not mmcv-lite) that was '
            'built for your torch.')

    return missing
