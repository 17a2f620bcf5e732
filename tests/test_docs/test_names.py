"""Every name, path and command that the pages give is there."""
import re

import mmdet3d.registry
import mmengine.registry
import pytest
from docs_pages import DOCS, PAGES, ROOT, blocks, package_files, page_id, spans
from mmengine.config import Config
from mmengine.registry import DefaultScope, Registry

import reldistill_mm
from reldistill_mm import models

REGISTRIES = ('DATASETS', 'TRANSFORMS', 'MODELS', 'WEIGHT_INITIALIZERS',
              'METRICS', 'RUNNERS', 'HOOKS', 'LOOPS')
# Classes, but nobody's `type`: bases, errors, structures.
OTHERS = {
    'BaseTransform', 'BadInput', 'MissingInput', 'InstanceData',
    'Seg3DDataset', 'MinkUNet', 'MiniWorld', 'ToyClusters', 'StructuralGap',
    'PointPixelPairs'
}
_CAMEL = re.compile(r'[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]\w*')
_TYPE = re.compile(r"""\btype=['"](\w+)['"]""")


def registries(name: str) -> list[Registry]:
    """mmdet3d's registry of a name, and mmengine's above it."""
    return [
        getattr(module, name)
        for module in (mmdet3d.registry, mmengine.registry)
        if hasattr(module, name)
    ]


def ours(registry: str) -> set[str]:
    return {
        name
        for each in registries(registry)
        for name, kind in each.module_dict.items()
        if kind.__module__.split('.')[0] == 'reldistill_mm'
    }


def registered(name: str) -> bool:
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        return any(
            each.get(name) is not None for registry in REGISTRIES
            for each in registries(registry))


def own_classes() -> set[str]:
    """Classes of the package that docs/extending.md writes."""
    code = '\n'.join(package_files(DOCS / 'extending.md').values())
    return set(re.findall(r'^class (\w+)', code, re.M))


def test_no_other_registry_is_ours():
    names = {
        name
        for module in (mmdet3d.registry, mmengine.registry)
        for name, value in vars(module).items()
        if isinstance(value, Registry) and not name.startswith('MMENGINE_')
    }
    assert not {name for name in names - {*REGISTRIES} if ours(name)}


def table() -> dict[str, set[str]]:
    rows = re.findall(r'^\| `(\w+)` \| (.*) \|$',
                      (DOCS / 'registered.md').read_text(), re.M)
    return {
        registry: set(re.findall(r'`(\w+)`', row))
        for registry, row in rows
    }


@pytest.mark.parametrize('registry', REGISTRIES)
def test_table_equals_the_registry(registry):
    assert table()[registry] == ours(registry)


@pytest.mark.parametrize('page', PAGES, ids=page_id)
def test_names_are_registered(page):
    names = set(_TYPE.findall(page.read_text()))
    names |= {span for span in spans(page) if _CAMEL.fullmatch(span)}
    known = OTHERS | own_classes() | set(models.__all__)
    assert not {name for name in names - known if not registered(name)}


@pytest.mark.parametrize('page', PAGES, ids=page_id)
def test_paths_exist(page):
    text = page.read_text()
    found = re.findall(
        r'(?<![\w/.{])((?:configs|tools|tests|projects|requirements|'
        r'reldistill_mm)/[\w/.-]*\w)(?![\w*{-]|[./]\w)', text)
    gone = {path for path in found if not (ROOT / path).exists()}
    for written in ('extending.md', 'teachers.md'):
        gone -= set(package_files(DOCS / written))
    assert not gone


@pytest.mark.parametrize('page', PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    for target in re.findall(r'\]\(([^)\s#]+)', page.read_text()):
        if not target.startswith('http'):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize('page', PAGES, ids=page_id)
def test_make_targets_exist(page):
    makefile = (ROOT / 'Makefile').read_text()
    targets = re.findall(r'^([a-z-]+):', makefile, re.M)
    named = [span for span in spans(page) if span.startswith('make ')]
    named += [
        line for code in blocks(page, 'shell') for line in code.splitlines()
        if line.startswith('make ')
    ]
    for command in named:
        words = [
            word for word in command.partition('#')[0].split()[1:]
            if '=' not in word and word.islower()
        ]
        assert set(words[:1]) <= {*targets}, command


def test_config_tables_name_configs():
    root = ROOT / 'configs'
    for page in ('get_started.md', 'protocols.md'):
        for span in spans(DOCS / page):
            if re.fullmatch(r'((downstream|baselines)/)?[\w{},]+\.py', span):
                for name in _expand(span):
                    assert list(root.rglob(name.replace('DATASET', '*'))), name


def _expand(name: str) -> list[str]:
    """Braces as the shell expands them."""
    match = re.search(r'{([^}]*)}', name)
    if not match:
        return [name]
    return [
        expanded for part in match[1].split(',')
        for expanded in _expand(name[:match.start()] + part +
                                name[match.end():])
    ]


def test_the_config_of_another_size_has_it_in_both_pipelines(tmp_path):
    files = package_files(DOCS / 'teachers.md')
    path = tmp_path / 'other_size.py'
    path.write_text(files['configs/other_size.py'])
    cfg = Config.fromfile(path)
    for steps in (cfg.train_dataloader.dataset.pipeline, cfg.paired_pipeline):
        size, = (
            step.size for step in steps if step.type == 'ResizedCropCameras')
        assert size == cfg.image_size == (224, 420)


def test_readme_is_short():
    assert len((ROOT / 'README.md').read_text().splitlines()) <= 130


def test_every_page_is_in_the_index():
    index = (DOCS / 'index.md').read_text()
    for page in DOCS.glob('*.md'):
        if page.stem != 'index':
            assert re.search(rf'^{page.stem}$', index, re.M), page.stem


@pytest.mark.parametrize('room', ['io', 'cli', 'compat'])
def test_every_module_is_in_the_api_reference(room):
    named = re.findall(rf'automodule:: reldistill_mm\.{room}\.(\w+)$',
                       (DOCS / f'api/{room}.md').read_text(), re.M)
    modules = sorted(
        path.stem for path in (ROOT / 'reldistill_mm' / room).glob('*.py'))
    assert named == modules[1:]


def test_version_in_the_citation():
    text = (ROOT / 'CITATION.cff').read_text()
    version = re.search(r'^version: (.+)$', text, re.M)
    assert version[1] == reldistill_mm.__version__
