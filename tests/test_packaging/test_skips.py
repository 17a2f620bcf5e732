"""No test is left out because a GPU is there."""
import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


def skips(source: str) -> list[str]:
    """Conditions under which something is skipped, as written."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) == 'skipif':
            found += [ast.unparse(each) for each in node.args]
        elif isinstance(node, ast.If) and any(
                isinstance(each, ast.Call) and _name(each.func) == 'skip'
                for line in node.body for each in ast.walk(line)):
            found.append(ast.unparse(node.test))
    return found


def _name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition('.')[2]


def wants_no_gpu(condition: str) -> bool:
    """Whether it names CUDA otherwise than as something that is missing."""
    missing = ('not torch.cuda.is_available()', 'torch.cuda.device_count() <')
    rest = condition
    for each in missing:
        rest = rest.replace(each, '')
    return 'cuda' in rest.lower() or 'gpu' in rest.lower().replace(
        "get_closest_marker('gpu')", '')


def test_none_is_skipped_where_a_gpu_is():
    sources = {
        path.relative_to(TESTS): path.read_text()
        for path in sorted(TESTS.rglob('*.py'))
    }
    found = [
        f'{name}: {condition}' for name, source in sources.items()
        if 'skip' in source for condition in skips(source)
        if wants_no_gpu(condition)
    ]
    assert not found, 'Let them run on tensors of the CPU instead'


@pytest.mark.parametrize('source, count', [
    ("@pytest.mark.skipif(torch.cuda.is_available(), reason='')\n"
     'def test(): pass', 1),
    ('def test():\n    if torch.cuda.is_available():\n        pytest.skip()',
     1),
    ('def test():\n    if HAS_GPU and x:\n        skip("off")', 1),
    ('if not torch.cuda.is_available():\n    pytest.skip("no GPU")', 0),
    ('mark.skipif(torch.cuda.device_count() < 2, reason="two GPUs")', 0),
    ('if torch.cuda.is_available():\n    device = "cuda"', 0),
])
def test_what_the_scan_finds(source, count):
    assert sum(map(wants_no_gpu, skips(source))) == count
