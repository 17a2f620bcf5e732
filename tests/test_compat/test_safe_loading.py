"""What mmengine saves is read back; what a stranger hides in it never runs."""
import inspect
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.optim.scheduler import _ParamScheduler
from mmengine.registry import HOOKS, OPTIMIZERS, PARAM_SCHEDULERS
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

import reldistill_mm
from reldistill_mm.io.checkpoint import load_checkpoint, whole_checkpoints
from reldistill_mm.models.teachers.activation import refuse_torchscript


class Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path, )


class Harmless:
    """A class of one's own in a checkpoint."""


class Toy(BaseModel):

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs, mode='tensor'):
        value = self.layer(inputs).square().mean()
        return dict(loss=value) if mode == 'loss' else [value]


class ToyData(torch.utils.data.Dataset):
    # As datasets of mmdet3d have it.
    metainfo = dict(
        classes=('car', ),
        palette=[[1, 2, 3]],
        offsets=np.arange(3),
        seg_label_mapping=np.zeros(4, dtype=np.int64))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.tensor([float(index), 1.])


def make_runner(work_dir: Path, **changes) -> Runner:
    settings = dict(
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=ToyData(),
            batch_size=1,
            sampler=dict(type='DefaultSampler', shuffle=True)),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        experiment_name=f'{work_dir.parent.name}_{work_dir.name}',
        randomness=dict(seed=0),
        log_level='ERROR')
    settings.update(changes)
    return Runner(Toy(), **settings)


def equal(first, second) -> bool:
    """Whether two states are alike, tensors and arrays to the bit."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, np.ndarray):
        return np.array_equal(first, second)
    if isinstance(first, dict):
        return (list(first) == list(second)
                and all(equal(first[key], second[key]) for key in first))
    if isinstance(first, (list, tuple)):
        return (type(first) is type(second) and len(first) == len(second)
                and all(map(equal, first, second)))
    if isinstance(first, HistoryBuffer):
        return all(map(equal, first.data, second.data))
    if inspect.ismethod(first) or inspect.isfunction(first):
        return first == second
    return first == second


def round_trip(content, path: Path):
    torch.save(content, path)
    with whole_checkpoints():
        return load_checkpoint(path)


# Arguments without which a scheduler cannot be built.
SCHEDULERS = dict(
    Constant=dict(factor=.5),
    CosineAnnealing=dict(T_max=4),
    CosineRestart=dict(periods=[2, 2], restart_weights=[1., .5], eta_min=0.),
    Exponential=dict(gamma=.9),
    Linear=dict(start_factor=.5),
    MultiStep=dict(milestones=[1, 3]),
    OneCycle=dict(eta_max=1., total_steps=4),
    Poly=dict(),
    Step=dict(step_size=2),
    ReduceOnPlateau=dict(monitor='loss'),
    QuadraticWarmup=dict(end=4))


@pytest.mark.parametrize('name', sorted(PARAM_SCHEDULERS.module_dict))
def test_every_scheduler_is_read_back(tmp_path, name):
    # A new one fails here: say above how it is built.
    arguments, = (found for start, found in SCHEDULERS.items()
                  if name.startswith(start))
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), .1, momentum=.9)
    owner = OptimWrapper(optimizer)
    kind = PARAM_SCHEDULERS.get(name)
    if 'param_name' in inspect.signature(
            kind).parameters and not name.endswith(
                ('LR', 'Momentum', 'WeightDecay')):
        arguments = dict(arguments, param_name='lr')
    if name.startswith('ReduceOnPlateau'):
        scheduler = kind(owner, **arguments)
        scheduler.step(dict(loss=1.))
    else:
        scheduler = kind(owner, **arguments)
        optimizer.step()
        scheduler.step()
    state = scheduler.state_dict()
    found = round_trip(dict(param_schedulers=[state]), tmp_path / 'a.pth')
    assert equal(found['param_schedulers'], [state])
    other = kind(owner, **arguments)
    other.load_state_dict(found['param_schedulers'][0])
    assert equal(other.state_dict(), state)
    assert isinstance(other, _ParamScheduler) or name.startswith('Reduce')


@pytest.mark.parametrize('name', sorted(OPTIMIZERS.module_dict))
def test_every_optimizer_is_read_back(tmp_path, name):
    model = nn.Linear(3, 2)
    try:
        optimizer = OPTIMIZERS.get(name)(model.parameters(), lr=1e-3)
        for _ in range(2):
            optimizer.zero_grad()

            def closure():
                loss = model(torch.ones(1, 3)).square().sum()
                loss.backward()
                return loss

            optimizer.step(closure)
    except Exception as error:
        pytest.skip(f'{name} does not step here: {error}')
    state = optimizer.state_dict()
    found = round_trip(dict(optimizer=state), tmp_path / 'a.pth')
    assert equal(found['optimizer'], state)


# What these two need (a profiler's folder, two models) is in no checkpoint.
NOT_BUILT = {'ProfilerHook', 'NPUProfilerHook'}
HOOK_ARGUMENTS = dict(
    CheckpointHook=dict(interval=1, max_keep_ckpts=2),
    EarlyStoppingHook=dict(monitor='loss', rule='less'),
    SyncBuffersHook=dict(),
    PrepareTTAHook=dict(tta_cfg=dict(type='BaseTTAModel')))


def hook_names():
    names = {
        name
        for name, kind in HOOKS.module_dict.items()
        if inspect.isclass(kind) and kind.__module__.startswith('mmengine.')
    }
    return sorted(names - NOT_BUILT)


@pytest.mark.parametrize('name', hook_names())
def test_a_run_with_every_hook_resumes(tmp_path, name):
    """The checkpoint of a run with the hook is read whole."""
    hook = dict(type=name, **HOOK_ARGUMENTS.get(name, {}))
    try:
        assert isinstance(HOOKS.build(dict(hook)), Hook)
    except TypeError as error:
        pytest.skip(f'{name} wants arguments: {error}')
    hooks = [] if name == 'CheckpointHook' else [hook]
    runner = make_runner(tmp_path / 'run', custom_hooks=hooks)
    if name in ('EarlyStoppingHook', 'PrepareTTAHook'):
        runner._hooks = [
            item for item in runner._hooks if type(item).__name__ != name
        ]
    runner.train()
    path = tmp_path / 'run' / 'epoch_2.pth'
    with whole_checkpoints():
        found = load_checkpoint(path)
    assert {'meta', 'state_dict', 'message_hub', 'optimizer'} <= set(found)
    assert found['meta']['epoch'] == 2


def test_a_resumed_run_ends_as_the_unbroken_one(tmp_path):
    """The same weights, schedule and log, with OneCycle's function."""
    changes = dict(
        param_scheduler=dict(
            type='OneCycleLR', eta_max=.1, total_steps=8, by_epoch=False),
        train_cfg=dict(by_epoch=True, max_epochs=4))
    whole = make_runner(tmp_path / 'a', **changes)
    whole.train()
    resumed = make_runner(
        tmp_path / 'b',
        resume=True,
        load_from=str(tmp_path / 'a' / 'epoch_2.pth'),
        **changes)
    resumed.train()
    assert equal(resumed.model.state_dict(), whole.model.state_dict())
    assert equal(resumed.param_schedulers[0].state_dict(),
                 whole.param_schedulers[0].state_dict())
    losses = [
        runner.message_hub.get_scalar('train/loss').data[0]
        for runner in (whole, resumed)
    ]
    assert len(losses[0]) == 8 and equal(*losses)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('place',
                         ['meta', 'optimizer', 'message_hub', 'extra'])
def test_nothing_of_a_hostile_file_runs(tmp_path, place, zipped):
    """Test, load_from, init_cfg and resume, on whichever torch is here."""
    mark, path = tmp_path / 'mark', tmp_path / 'a.pth'
    content = dict(
        state_dict=Toy().state_dict(), meta=dict(epoch=1, iter=1), **{})
    content[place] = [Touch(mark)] * 2
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    runner = make_runner(tmp_path / 'run')
    with pytest.warns(UserWarning, match=f"a.pth.*'{place}'.*left out"):
        runner.load_checkpoint(str(path))
    assert torch.equal(runner.model.layer.weight,
                       content['state_dict']['layer.weight'])
    with pytest.warns(UserWarning):
        assert place not in CheckpointLoader.load_checkpoint(str(path))
    with pytest.raises(ValueError) as error:
        runner.resume(str(path))
    assert f"'{path}' asks for" in str(error.value)
    assert 'allow_in_checkpoints' in str(error.value)
    assert '\n' not in str(error.value)
    assert not mark.exists()
    torch.load(path, weights_only=False)
    assert mark.exists()


@pytest.mark.parametrize('attack', [
    b"cbuiltins\neval\n(S'1'\ntR.",
    b'c__builtin__\ngetattr\n(cbuiltins\ndict\nS"__class__"\ntR.',
    b'cbuiltins\ngetattr\n(cmmengine.logging.history_buffer\nHistoryBuffer\n'
    b'S"__init__"\ntR.',
    b'c_codecs\nencode\n(S"a"\nS"zip"\ntR.',
    b'ctorch.hub\nload\n(S"a"\ntR.',
    b'ctorch\nload\n(S"a"\ntR.',
    b'cnumpy\nload\n(S"a"\ntR.',
    b'\x80\x04\x8c\x08builtins\x94\x8c\x0dint.__class__\x93.',
])
def test_names_that_lead_elsewhere_are_refused(attack):
    import io

    from reldistill_mm.io import inert_pickle
    with pytest.raises(pickle.UnpicklingError):
        inert_pickle.StrictUnpickler(io.BytesIO(attack)).load()


def name(module: str, attribute: str) -> bytes:
    return f'c{module}\n{attribute}\n'.encode()


def text(value: str) -> bytes:
    return b'X' + struct.pack('<i', len(value)) + value.encode()


def changed(what: bytes, **attributes: bytes) -> bytes:
    """BUILD with a pair for a state sets attributes of whatever it is."""
    items = b''.join(text(key) + value for key, value in attributes.items())
    return what + b'(N}(' + items + b'utb'


def called(what: bytes, *arguments: bytes) -> bytes:
    return what + b'(' + b''.join(arguments) + b'tR'


OBJECTS = called(name('numpy', 'dtype'), text('O'), b'I00\nI01\n')
ATTACKS = dict(
    renamed_class=called(
        called(
            name('builtins', 'getattr'),
            changed(
                name('pathlib', 'PosixPath'),
                __name__=text('HistoryBuffer'),
                __module__=text('mmengine.x')) +
            b'0' + called(name('pathlib', 'PosixPath'), text('MARK')),
            text('touch'))),
    changed_class=changed(
        name('collections', 'Counter'), most_common=name('builtins', 'set')),
    changed_history=changed(
        name('mmengine.logging.history_buffer', 'HistoryBuffer'),
        mean=name('builtins', 'set')),
    changed_curve=changed(
        called(
            name('builtins', 'getattr'),
            name('mmengine.optim.scheduler.param_scheduler',
                 'OneCycleParamScheduler'), text('_annealing_cos')),
        __defaults__=b'N'),
    pointers=called(name('numpy', 'dtype'), text('V8'), b'I00\nI01\n') +
    b'(K\x03' + text('|') + b'N(' + text('f0') + b't}' + text('f0') + OBJECTS +
    b'K\x00\x86sK\x08K\x01K\x00tb',
    objects=called(name('numpy', 'ndarray'), b'K\x01\x85', OBJECTS))


@pytest.mark.parametrize('attack', ATTACKS)
@pytest.mark.parametrize('where', ['checkpoint', 'resume', 'info'])
def test_a_file_changes_nothing_of_this_process(tmp_path, attack, where):
    """Not by BUILD on a class, nor by a dtype that lies about its memory."""
    import collections

    import mmengine
    mark = tmp_path / 'mark'
    body = ATTACKS[attack].replace(
        text('MARK'), text(str(mark)))  # yapf: disable
    content = b'\x80\x02}' + text('meta') + body + b's.'
    before = (collections.Counter.most_common, HistoryBuffer.mean)
    if where == 'info':
        path = tmp_path / 'a.pkl'
        path.write_bytes(content)
        with pytest.raises(pickle.UnpicklingError):
            mmengine.load(path)
    else:
        path = tmp_path / 'a.pth'
        torch.save(dict(meta=1), path)
        with zipfile.ZipFile(path) as archive:
            files = {item: archive.read(item) for item in archive.namelist()}
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as archive:
            for item, data in files.items():
                archive.writestr(
                    item, content if item.endswith('data.pkl') else data)
        with pytest.raises(ValueError, match='a.pth'):
            if where == 'resume':
                with whole_checkpoints():
                    load_checkpoint(path)
            else:
                load_checkpoint(path)
    assert not mark.exists()
    assert before == (collections.Counter.most_common, HistoryBuffer.mean)


def test_a_whole_pickled_model_is_refused(tmp_path):
    torch.save(nn.Linear(1, 1), tmp_path / 'a.pth')
    with pytest.raises(ValueError, match='a.pth.*model.state_dict'):
        CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth'))


def test_classes_of_ones_own_are_allowed_by_name(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(meta=Harmless()), path)
    with pytest.raises(ValueError, match='Harmless'), whole_checkpoints():
        load_checkpoint(path)
    reldistill_mm.allow_in_checkpoints(Harmless)
    with whole_checkpoints():
        assert isinstance(load_checkpoint(path)['meta'], Harmless)


def test_a_torchscript_program_is_refused(tmp_path):
    path = tmp_path / 'a.pth'
    torch.jit.script(nn.Linear(1, 1)).save(str(path))
    with pytest.raises(ValueError, match='a.pth.*TorchScript program'):
        CheckpointLoader.load_checkpoint(str(path))


def test_a_program_behind_two_directories_is_refused(tmp_path):
    """Python's zipfile reads the one just before the end, torch the other."""
    path = tmp_path / 'a.pth'
    torch.jit.script(nn.Linear(1, 1)).save(str(path))
    data = path.read_bytes()
    at = data.rfind(b'PK\x05\x06')
    count, size, start = struct.unpack('<10xHLL', data[at:at + 20])
    entries = data[start:start + size]
    path.write_bytes(data[:start] + entries +
                     entries.replace(b'constants.pkl', b'constantz.pkl') +
                     struct.pack('<4s4H2LH', b'PK\x05\x06', 0, 0, count,
                                 count, size, start, 0))  # yapf: disable
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if 'constants' in name]
    with pytest.raises(ValueError, match='a.pth.*TorchScript program'):
        CheckpointLoader.load_checkpoint(str(path))
    with pytest.raises(ValueError, match='TorchScript archive'):
        refuse_torchscript(str(path))


def test_a_downloaded_checkpoint_is_read_alike(tmp_path, monkeypatch):
    mark, path = tmp_path / 'mark', tmp_path / 'b.pth'
    torch.save(dict(state_dict=Toy().state_dict(), meta=Touch(mark)), path)
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr(
        torch.hub, 'download_url_to_file',
        lambda url, to, *_: Path(to).write_bytes(path.read_bytes()))
    with pytest.warns(UserWarning, match='left out'):
        found = CheckpointLoader.load_checkpoint('https://example.org/c.pth')
    assert set(found) == {'state_dict'}
    assert not mark.exists()


@pytest.mark.parametrize('protocol', range(2, 6))
def test_an_info_file_is_read_whole_and_runs_nothing(tmp_path, protocol):
    """By mmengine's own ``load``, which mmdet3d's datasets call."""
    import mmengine
    mark, path = tmp_path / 'mark', tmp_path / 'infos.pkl'
    content = dict(
        metainfo=dict(version='1.1', categories=('car', )),
        data_list=[
            dict(
                sample_idx=np.int64(3),
                timestamp=1.5e9,
                lidar2cam=np.eye(4),
                valid=np.array([True]),
                names=np.array(['car', 'bus']),
                raw=b'bytes',
                token=None,
                ids={1, 2})
        ])
    path.write_bytes(pickle.dumps(content, protocol))
    found = mmengine.load(path)
    assert repr(found) == repr(content)
    path.write_bytes(pickle.dumps(dict(content, a=Touch(mark)), protocol))
    with pytest.raises(pickle.UnpicklingError, match='pathlib'):
        mmengine.load(path)
    assert not mark.exists()


def test_the_log_keeps_its_methods(tmp_path):
    """Histories can be asked and extended after they were read."""
    hub = MessageHub.get_instance('safe_loading')
    for value in (1., 2., 6.):
        hub.update_scalar('train/loss', value)
    found = round_trip(dict(message_hub=hub.state_dict()), tmp_path / 'a.pth')
    other = MessageHub.get_instance('safe_loading_read')
    other.load_state_dict(found['message_hub'])
    assert other.get_scalar('train/loss').mean() == 3.
    other.update_scalar('train/loss', 3.)
    assert other.get_scalar('train/loss').statistics('mean', 2) == 4.5
