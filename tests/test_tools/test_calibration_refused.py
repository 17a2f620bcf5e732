"""What a user sees whose images were stored at another size."""
import shutil

import pytest
from PIL import Image
from small_options import as_arguments, make_options
from test_tools.test_train_test import run


@pytest.mark.slow
@pytest.mark.parametrize('tool, arguments', [
    ('cache_teacher.py', ['--out', 'cache', '--workers', 0]),
    ('browse_pairs.py', ['--out', 'pairs.png']),
])
def test_one_line_with_both_sizes(keyframes, tiny_clip, clip_weights, tmp_path,
                                  tool, arguments):
    root = tmp_path / 'data'
    shutil.copytree(keyframes, root)
    for path in root.glob('samples/CAM*/*.jpg'):
        Image.open(path).resize((80, 45)).save(path)
    options = make_options(str(root), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    arguments = [
        tmp_path / a if a in ('cache', 'pairs.png') else a for a in arguments
    ]
    out = run(
        f'tools/{tool}',
        'configs/reldistill_nus.py',
        *arguments,
        *as_arguments(options),
        check=False)
    assert out.returncode == 2
    line, = [each for each in out.stderr.splitlines() if 'error:' in each]
    assert line.startswith(f'{tool}: error: Camera ')
    for word in ('000.jpg', '80 x 45', '160 x 90', 'height'):
        assert word in line
    assert not list(tmp_path.glob('cache/*.safetensors'))
    assert not (tmp_path / 'pairs.png').exists()
