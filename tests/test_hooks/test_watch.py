"""TensorBoard and Weights & Biases by one key of a config."""
import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import pytest
from mmengine.registry import RUNNERS, VISUALIZERS
from mmengine.visualization import Visualizer
from small_options import run_options

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks.watch import TensorboardWatch, WandbWatch, with_watch

STRUCTURE = ('uniformity', 'teacher_uniformity', 'modality_gap', 'cka')
TRAINED = ('loss', 'loss_cross', 'loss_intra', 'lr', *STRUCTURE)
KEYFRAME = (*STRUCTURE, 'tolerance', 'teacher_tolerance')
PICTURES = 'val_labels', 'val_features'


class StandIn(ModuleType):
    """As much of W&B as is called; keeps what it is told."""

    class Error(Exception):
        pass

    def __init__(self):
        super().__init__('wandb')
        self.started, self.axes, self.logged = [], [], []
        self.known, self.finished = {}, 0
        self.config = SimpleNamespace(
            update=lambda given, allow_val_change: self.known.update(given))

    def init(self, **given):
        self.started.append(given)

    def define_metric(self, **given):
        self.axes.append(given)

    def log(self, given):
        self.logged.append(given)

    def finish(self):
        self.finished += 1

    @staticmethod
    def Image(pixels):  # noqa: N802
        return pixels


@pytest.fixture
def wandb(monkeypatch):
    found = StandIn()
    monkeypatch.setitem(sys.modules, 'wandb', found)
    return found


def events(folder):
    """Steps of every scalar, and of every picture."""
    from tensorboard.backend.event_processing.event_accumulator import \
        EventAccumulator
    found = EventAccumulator(str(folder)).Reload()
    tags = found.Tags()
    return ({
        name: [event.step for event in found.Scalars(name)]
        for name in tags['scalars']
    }, {
        name: [event.step for event in found.Images(name)]
        for name in tags['images']
    })


def test_training_and_a_test(quick_config, wandb, tmp_path):
    """All that is logged, by its split and over iterations; both at once."""
    board = importlib.util.find_spec('tensorboard') is not None
    quick_config.watch = ['wandb_offline'] + ['tensorboard'] * board
    runner = RUNNERS.build(quick_config)
    runner.train()
    assert wandb.started[0]['mode'] == 'offline' and wandb.finished
    assert dict(name='*', step_metric='iter') in wandb.axes
    assert wandb.known['watch'] == quick_config.watch
    for name in [f'train/{each}' for each in TRAINED] + [
            f'val/keyframe_{each}' for each in KEYFRAME] + [
            'val/miou', 'val/miou_visible', *PICTURES]:  # yapf: disable
        steps = [each['iter'] for each in wandb.logged if name in each]
        wanted = [1, 2, 3, 4] if name.startswith('train') else [2, 4]
        assert steps == wanted, name
    quick_config.merge_from_dict({
        **run_options(tmp_path, 'test'), 'load_from':
        str(tmp_path / 'run/epoch_2.pth')
    })
    tested = RUNNERS.build(quick_config)
    metrics = tested.test()
    assert wandb.logged[-1]['test/miou'] == metrics['miou']
    if not board:
        pytest.skip('tensorboard is not installed')
    scalars, images = events(f'{runner.log_dir}/vis_data')
    for name in TRAINED:
        assert scalars[f'train/{name}'] == [1, 2, 3, 4]
    assert scalars['val/miou'] == scalars['val/keyframe_tolerance'] == [2, 4]
    assert images == dict.fromkeys(PICTURES, [2, 4])
    scalars, _ = events(f'{tested.log_dir}/vis_data')
    assert scalars['test/miou'] == [0]


def test_what_is_added(wandb, tmp_path, mmdet3d_scope):
    own = dict(type='Visualizer', vis_backends=dict(type='LocalVisBackend'))
    assert with_watch(own, []) is own and with_watch(None, None) is None
    for name, mode in (('wandb', None), (['wandb_offline'], 'offline')):
        for visualizer in (own, None):
            made = with_watch(visualizer, name)
            assert made['vis_backends'] == [
                dict(type='LocalVisBackend'),
                dict(type=WandbWatch, **({
                    'mode': mode
                } if mode else {}))
            ]
    made = VISUALIZERS.build(
        dict(with_watch(own, 'wandb'), name='w', save_dir=str(tmp_path)))
    assert isinstance(made.get_backend('WandbWatch'), WandbWatch)
    assert made.get_backend('LocalVisBackend') is not None
    assert not wandb.started and len(own) == 2


@pytest.mark.parametrize('watch, said', [
    ('tensorbord', "watch='tensorbord' is not known; did you mean "
     "'tensorboard'?"),
    ('x', "watch='x' is not known; there are 'tensorboard', 'wandb', "
     "'wandb_offline'."),
    (True, 'watch=True is not a name or a list of names'),
    (['wandb', 'wandb_offline'], 'names Weights & Biases twice'),
])
def test_what_cannot_be_watched(watch, said, wandb):
    with pytest.raises(BadInput) as refused:
        with_watch(None, watch)
    assert said in str(refused.value)


@pytest.mark.parametrize('name, package', [('tensorboard', 'tensorboard'),
                                           ('wandb', 'wandb')])
def test_a_package_that_is_missing(name, package, quick_config, monkeypatch):
    """Before anything is built."""
    for module in ('wandb', 'tensorboard', 'torch.utils.tensorboard'):
        monkeypatch.setitem(sys.modules, module, None)
    quick_config.watch = name
    with pytest.raises(
            BadInput, match=f'watch={name} .*pip install {package}'):
        RUNNERS.build(quick_config)


def test_a_visualizer_that_is_built(wandb):
    with pytest.raises(BadInput, match='not to a Visualizer'):
        with_watch(Visualizer(name='built'), 'wandb')


def test_without_a_login(wandb, tmp_path):

    def init(**kwargs):
        raise wandb.Error('no key')

    wandb.init = init
    backend = WandbWatch(str(tmp_path))
    with pytest.raises(BadInput, match=r'does not start \(no key\): log in'):
        backend.add_scalars(dict(a=1.))
    backend.close()


def test_in_tensorboard_alone(tmp_path):
    """Outside of a run there is nothing that goes on."""
    pytest.importorskip('tensorboard')
    backend = TensorboardWatch(str(tmp_path))
    backend.add_scalars(dict(a=1., iter=5))
    backend.close()
    (name, ), _ = map(list, events(tmp_path))
    assert name.endswith('/a')
