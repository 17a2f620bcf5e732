"""Small protocols: configs in a folder, as a user's own would be."""
from pathlib import Path

import pytest


@pytest.fixture
def protocols(tmp_path, keyframes, tiny_clip):
    """A 1 % protocol and a zero-shot one, both small."""
    from small_options import make_downstream_options, make_options
    folder = tmp_path / 'configs'
    folder.mkdir()

    def write(name: str, base: str, options: dict) -> Path:
        """A config that inherits and sets options by their dotted names."""
        path = folder / f'{name}.py'
        lines = [
            "_base_ = [__import__('reldistill_mm').config_path("
            f"'{base}')]"
        ]
        nested: dict = {}
        for key, value in options.items():
            *parents, last = key.split('.')
            place = nested
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = value
        lines += [f'{key} = {value!r}' for key, value in nested.items()]
        path.write_text('\n'.join(lines) + '\n')
        return path

    infos = 'infos_100_scenes.pkl'
    small = {
        **make_downstream_options(str(keyframes), infos),
        'train_cfg.max_epochs': 1,
        'val_dataloader.dataset.indices': 2,
        'test_dataloader.dataset.indices': 2,
    }
    zero_shot = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    return [
        write('few', 'downstream/finetune_nus_1pct.py', small),
        write('zero_shot', 'reldistill_nus.py', zero_shot)
    ]
