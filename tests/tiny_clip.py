"""Small open_clip model configs, as a user would write them."""
import json
from pathlib import Path

TEXT = dict(context_length=77, vocab_size=49408, width=32, heads=2, layers=1)
TOWERS = {
    'tiny-test-vit':
    dict(image_size=64, layers=2, width=32, head_width=16, patch_size=16),
    'tiny-test-resnet':
    dict(image_size=64, layers=[1, 1, 1, 1], width=8, patch_size=None),
}


def write_config(folder: Path,
                 name: str = 'tiny-test-vit',
                 stem: str | None = None,
                 **vision: object) -> str:
    """Write ``folder/stem.json`` and return its path.

    ``stem`` must be another name where ``vision`` changes the tower.
    """
    path = Path(folder) / f'{stem or name}.json'
    path.write_text(
        json.dumps(
            dict(
                embed_dim=16,
                quick_gelu=False,
                vision_cfg={
                    **TOWERS[name],
                    **vision
                },
                text_cfg=TEXT)))
    return str(path)
