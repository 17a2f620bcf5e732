"""Fixtures that several test modules share."""
import os
import sys
from pathlib import Path

import pytest
import torch

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [
    str(REPO / 'tests'),
    str(REPO / 'projects' / 'MiniWorld'),
    str(REPO / 'projects' / 'Benchmark')
]
# Processes that share the tests share the cores, too, with all they start.
_SHARERS = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', 1))
if _SHARERS > 1:
    _THREADS = max(1, (os.cpu_count() or 1) // _SHARERS)
    torch.set_num_threads(_THREADS)
    os.environ.setdefault('OMP_NUM_THREADS', str(_THREADS))
# As if a tool were started by its path; last, since one is called test.py.
sys.path.append(str(REPO / 'tools'))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker('gpu') and not torch.cuda.is_available():
        pytest.skip('no GPU here')


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _usual_scope(request: pytest.FixtureRequest) -> None:
    """No runner of another test decides how names are resolved."""
    if 'mmengine.registry' not in sys.modules:
        return
    from mmengine.registry import DefaultScope
    current = DefaultScope.get_current_instance()
    if current is not None and current.scope_name != 'mmdet3d':
        DefaultScope.get_instance(request.node.nodeid, scope_name='mmdet3d')


@pytest.fixture(autouse=True, scope='session')
def _own_cache(tmp_path_factory) -> None:
    """Nothing that an earlier run kept may let a test pass."""
    os.environ['RELDISTILL_CACHE'] = str(tmp_path_factory.mktemp('cache'))


@pytest.fixture(scope='session')
def real_data() -> Path:
    """Folder with real frames; tests that want it skip where it isn't."""
    root = Path(
        os.environ.get('RELDISTILL_REAL_DATA', REPO.parent / 'shared/data'))
    if not (root / 'nuscenes_keyframe').is_dir():
        pytest.skip(f'no real frames in {root} (set RELDISTILL_REAL_DATA)')
    return root


@pytest.fixture(scope='session')
def keyframes(tmp_path_factory) -> Path:
    """Root of two small labelled keyframes; not to be changed."""
    from tiny_nuscenes import add_sweeps, repeat_keyframes, write_keyframes
    root = tmp_path_factory.mktemp('tiny_nuscenes')
    infos = write_keyframes(root, count=2)
    # The same two in each of a hundred scenes.
    repeat_keyframes(infos, 100, 'infos_100_scenes.pkl')
    add_sweeps(infos, 'infos_sweeps.pkl')
    return root


@pytest.fixture(scope='session')
def kitti_scans(tmp_path_factory) -> Path:
    """Root of four small labelled scans with info files; not to be changed.
    """
    from tiny_semantickitti import write_sequences

    from reldistill_mm.datasets.convert_semantickitti import \
        convert_semantickitti
    root = tmp_path_factory.mktemp('tiny_semantickitti')
    convert_semantickitti(write_sequences(root), root)
    return root


@pytest.fixture(scope='session')
def tiny_clip(tmp_path_factory) -> str:
    """Path of a small ViT's open_clip model config."""
    from tiny_clip import write_config
    return write_config(tmp_path_factory.mktemp('tiny_clip'))


@pytest.fixture
def mmdet3d_scope():
    """Resolve registry names as the Runner does."""
    from mmengine.registry import DefaultScope
    if not DefaultScope.check_instance_created('tests'):
        DefaultScope.get_instance('tests', scope_name='mmdet3d')
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        yield


@pytest.fixture
def small_options(keyframes, tiny_clip) -> dict:
    """--cfg-options that shrink a nuScenes config to a test's size."""
    from small_options import make_options
    return make_options(str(keyframes), 'infos.pkl', tiny_clip)


@pytest.fixture(scope='session')
def clip_weights(tiny_clip, tmp_path_factory) -> str:
    """Path of weights for ``tiny_clip``, so that every process has them."""
    import safetensors.torch

    from reldistill_mm.models.teachers.build_clip import build_clip
    path = tmp_path_factory.mktemp('weights') / 'tiny.safetensors'
    safetensors.torch.save_model(build_clip(tiny_clip, 'random'), str(path))
    return str(path)


@pytest.fixture(scope='session')
def distilled(keyframes, tiny_clip, tmp_path_factory) -> Path:
    """Checkpoint of a small distiller as tools/train.py would write it."""
    from mmdet3d.registry import MODELS
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    from mmengine.runner import save_checkpoint
    from small_options import make_options

    import reldistill_mm
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(make_options(str(keyframes), 'infos.pkl', tiny_clip))
    path = tmp_path_factory.mktemp('distilled') / 'distilled.pth'
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        model = MODELS.build(cfg.model)
    # Running statistics that are not those of a new network.
    for tensor in model.backbone.state_dict().values():
        if tensor.is_floating_point():
            tensor.add_(0.01 * torch.rand_like(tensor))
    save_checkpoint(dict(state_dict=model.state_dict(), meta={}), str(path))
    return path


@pytest.fixture
def downstream_options(keyframes, distilled) -> dict:
    """--cfg-options that shrink a downstream config to a test's size."""
    from small_options import make_downstream_options
    return make_downstream_options(
        str(keyframes), 'infos_100_scenes.pkl',
        **{'model.backbone.init_cfg.checkpoint': str(distilled)})


@pytest.fixture
def downstream_kitti_options(kitti_scans, distilled) -> dict:
    """The same for SemanticKITTI."""
    from small_options import make_downstream_options
    options = make_downstream_options(
        str(kitti_scans), '',
        **{'model.backbone.init_cfg.checkpoint': str(distilled)})
    return _kitti_infos(options)


@pytest.fixture
def small_kitti_options(kitti_scans, tiny_clip) -> dict:
    """The same for a SemanticKITTI config."""
    from small_options import make_options
    return _kitti_infos(make_options(str(kitti_scans), '', tiny_clip))


def _kitti_infos(options: dict) -> dict:
    for loader, split in (('train', 'train'), ('val', 'val'), ('test', 'val')):
        prefix = f'{loader}_dataloader.dataset'
        del options[f'{prefix}.data_prefix.pts_semantic_mask']
        options[f'{prefix}.ann_file'] = f'semantickitti_infos_{split}.pkl'
    return options
