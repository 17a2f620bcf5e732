"""Imports point down the floors of docs/architecture.md, in no circle."""
import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / 'reldistill_mm'
# From the ground up; a module belongs to the longest prefix that fits, and
# imports only from lower floors or its own. teacher_cache is two: the files,
# which datasets read, and what writes and judges them, which needs models.
FLOORS = (
    ('errors', 'version'),
    ('functional', ),
    ('io', ),
    ('cli', 'visualization'),
    ('compat', ),
    ('teacher_cache', ),
    ('datasets', ),
    ('models', 'evaluation'),
    ('teacher_cache.build', 'teacher_cache.cache_key',
     'teacher_cache.check_caches', 'teacher_cache.share'),
    ('hooks', ),
    ('apis', 'experiments'),
    ('', ),
)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


MODULES = {
    name_of(path): path
    for path in PACKAGE.rglob('*.py') if '.mim' not in path.parts
}


def floor_of(module: str) -> int:
    found = [(len(prefix), floor) for floor, prefixes in enumerate(FLOORS)
             for prefix in prefixes
             if not prefix or f'{module}.'.startswith(f'{prefix}.')]
    return max(found)[1]


def imports(module: str) -> Iterator[str]:
    """What a module imports from the package, in functions, too."""
    path = MODULES[module]
    here = module.split('.') if module else []
    package = here if path.name == '__init__.py' else here[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[:len(package) - node.level + 1]
            base += node.module.split('.') if node.module else []
            for alias in node.names:
                full = '.'.join([*base, alias.name])
                yield full if full in MODULES else '.'.join(base)


EDGES = {module: sorted(set(imports(module))) for module in MODULES}


@pytest.mark.parametrize('module', sorted(MODULES))
def test_no_arrow_points_upward(module):
    upward = [
        other for other in EDGES[module] if floor_of(other) > floor_of(module)
    ]
    assert not upward


def test_no_circle():
    done, path = set(), []

    def visit(module: str) -> None:
        assert module not in path, [*path[path.index(module):], module]
        if module in done:
            return
        path.append(module)
        for other in EDGES[module]:
            # A package's own list of names is not a step of a circle.
            if not module.startswith(f'{other}.') and other != module:
                visit(other)
        path.pop()
        done.add(module)

    for module in MODULES:
        if module:
            visit(module)


def test_the_ground_imports_nothing_of_openmmlab():
    heavy = {
        'mmcv', 'mmdet', 'mmdet3d', 'mmengine', 'open_clip', 'spconv', 'PIL'
    }
    for module, path in MODULES.items():
        if floor_of(module) > 1:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert not {name.split('.')[0] for name in names} & heavy, module


def test_the_package_is_the_plugin_alone():
    """Rooms that moved out stay out."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    rooms -= {'.mim', '__pycache__'}
    assert rooms == {
        'apis', 'cli', 'compat', 'datasets', 'evaluation', 'experiments',
        'functional', 'hooks', 'io', 'models', 'teacher_cache', 'visualization'
    }
