"""Options that shrink a config without changing what runs."""

_BACKBONE = {
    'model.backbone.base_channels': 8,
    'model.backbone.encoder_channels': [8, 8, 8, 8],
    'model.backbone.encoder_blocks': [1, 1, 1, 1],
    'model.backbone.decoder_channels': [8, 8, 8, 8],
    'model.backbone.decoder_blocks': [1, 1, 1, 1],
}


def make_options(root: str, ann_file: str, clip: str, **more) -> dict:
    """As a user would give them with --cfg-options."""
    options = {
        'model.teacher.model': clip,
        'model.teacher.pretrained': 'random',
        'model.projector.out_channels': 16,
        'model.projector.in_channels': 8,
        'model.pair_sampler.count': 256,
        **_BACKBONE,
        **_data_options(root, ann_file),
    }
    options.update(more)
    return options


def make_downstream_options(root: str, ann_file: str, **more) -> dict:
    """The same for a config of configs/downstream."""
    options = {
        'model.decode_head.channels': 8,
        **_BACKBONE,
        **_data_options(root, ann_file)
    }
    options.update(more)
    return options


def other_student(options: dict) -> dict:
    """The same for a config whose student is SparseUNet."""
    network = 'model.backbone.network'
    return {
        **{
            key: value
            for key, value in options.items() if key not in _BACKBONE
        },
        f'{network}.base_channels': 8,
        f'{network}.sparse_shape': [256, 2048, 2048],
        f'{network}.encoder_channels': [[8], [8] * 3, [16] * 3, [16] * 3],
        f'{network}.decoder_channels': [[16] * 3, [16, 16, 8], [8] * 3,
                                        [8] * 3],
    }


def _data_options(root: str, ann_file: str) -> dict:
    options = {}
    for loader in ('train', 'val', 'test'):
        prefix = f'{loader}_dataloader'
        options[f'{prefix}.dataset.data_root'] = root
        options[f'{prefix}.dataset.ann_file'] = ann_file
        options[f'{prefix}.dataset.data_prefix.pts_semantic_mask'] = 'lidarseg'
        options[f'{prefix}.num_workers'] = 0
        options[f'{prefix}.persistent_workers'] = False
    return options


def run_options(tmp_path, name='run') -> dict:
    """Of a process's runs and visualizers, each needs a name of its own."""
    return {
        'work_dir': str(tmp_path / name),
        'launcher': 'none',
        'log_level': 'ERROR',
        'experiment_name': f'{tmp_path.name}_{name}',
        'visualizer.name': f'{tmp_path.name}_{name}',
    }


def as_arguments(options: dict) -> list:
    """The same for a command line."""
    return ['--cfg-options'] + [
        f'{key}={value}'.replace(' ', '') for key, value in options.items()
    ]
