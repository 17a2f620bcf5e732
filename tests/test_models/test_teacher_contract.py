"""A teacher of another package, in one class, from build to cache.

``BlockTeacher`` is all that a newcomer writes; it knows no words.
"""
import copy
import math
from functools import partial
from types import SimpleNamespace

import mmengine
import pytest
import timm
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.registry import RUNNERS

import reldistill_mm
from reldistill_mm.apis import load_segmentor, teacher_labels
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import sample_bilinear, unit_rows
from reldistill_mm.hooks import CheckClassesHook, CheckImageSizeHook
from reldistill_mm.models import FrozenTeacher, OpenCLIPTeacher, TextTeacher
from reldistill_mm.models.teachers import build_teacher, teacher_class
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache, teacher_features
from reldistill_mm.teacher_cache.cache_key import cache_identity, check_config


@MODELS.register_module()
class BlockTeacher(FrozenTeacher):
    """Patch features of a timm ViT, after one of its blocks."""
    neutral_arguments = ('images_per_step', )

    def __init__(self,
                 model: str,
                 layer: int = -1,
                 pretrained: bool = False,
                 images_per_step: int | None = None) -> None:
        super().__init__(
            partial(
                timm.create_model,
                model,
                pretrained=pretrained,
                dynamic_img_size=True,
                # So small for the sake of the test.
                depth=3,
                embed_dim=16,
                num_heads=2),
            random=not pretrained)
        self.layer, self.images_per_step = layer, images_per_step
        self.embed_dim, self.stride = 16, 16
        self.mean_std = ((0.5, ) * 3, (0.5, ) * 3)

    @torch.no_grad()
    def features_at(self, images, image, uv):
        if len(image) == 0:
            return uv.new_zeros((0, self.embed_dim), dtype=torch.float32)
        maps = torch.cat([
            self.network.forward_intermediates(
                chunk, indices=[self.layer], intermediates_only=True)[0]
            for chunk in images.split(self.images_per_step or len(images))
        ])
        return unit_rows(sample_bilinear(maps, image, uv, images.shape[-2:]))


@MODELS.register_module()
class OtherTeacher(BlockTeacher):
    """The same arguments, and perhaps other features."""


TIMM = dict(type='BlockTeacher', model='vit_tiny_patch16_224', layer=1)
CLIP = dict(type='OpenCLIPTeacher', model='ViT-B-16', pretrained='openai')
DINO = dict(type='TimmTeacher', model='vit_base_patch14_dinov2')
FILE = dict(type='FileTeacher', name='a script', embed_dim=512)
# A second value of every argument of every teacher.
OTHER_VALUES = {
    'BlockTeacher':
    dict(
        model='vit_small_patch16_224',
        layer=2,
        pretrained=True,
        images_per_step=1),
    'OpenCLIPTeacher':
    dict(
        model='ViT-B-32',
        pretrained='laion2b_s34b_b88k',
        quick_gelu=True,
        images_per_step=1,
        stride=16,
        dense='nacl',
        windows=dict(size=[224, 224], step=112),
        cache_dir='elsewhere',
        text_dir='elsewhere'),
    'TimmTeacher':
    dict(
        model='vit_small_patch14_dinov2',
        pretrained='random',
        layer=3,
        normalise=False,
        images_per_step=1),
    'FileTeacher':
    dict(
        name='another script',
        embed_dim=256,
        stride=8,
        text_teacher=dict(CLIP, pretrained='laion2b_s34b_b88k')),
}
NEUTRAL = {
    'BlockTeacher': {'images_per_step'},
    'OpenCLIPTeacher': {'images_per_step', 'cache_dir', 'text_dir'},
    'TimmTeacher': {'images_per_step'},
    'FileTeacher': {'stride', 'text_teacher'},
}


def plain_config(teacher, data='nus'):
    cfg = Config.fromfile(reldistill_mm.config_path(f'reldistill_{data}.py'))
    cfg.model.teacher = teacher
    return cfg


@pytest.fixture
def cfg(small_options, mmdet3d_scope, request):
    """A distillation by it, as a child config would have it."""
    options = {
        name: value
        for name, value in small_options.items() if '.teacher.' not in name
    }
    cfg = plain_config(TIMM, getattr(request, 'param', 'nus'))
    cfg.merge_from_dict(options)
    cfg.model.zero_shot_head = None
    cfg.model.data_preprocessor.mean = [127.5] * 3
    cfg.model.data_preprocessor.std = [127.5] * 3
    return cfg


@pytest.mark.parametrize('cfg', ['nus', 'miniworld'], indirect=True)
def test_one_step_and_a_validation_without_words(cfg, tmp_path, monkeypatch):
    """No more than ``zero_shot_head=None`` makes it report structure."""
    # What it asks compilers for takes longer than an iteration.
    monkeypatch.setattr(mmengine.runner.runner, 'collect_env', dict)
    cfg.work_dir = str(tmp_path)
    cfg.train_dataloader.batch_size = 1
    for loader in ('train', 'val', 'test'):
        cfg[f'{loader}_dataloader'].dataset.indices = 1
    cfg.train_cfg.update(max_epochs=1, val_interval=1, val_begin=1)
    runner = RUNNERS.build(cfg)
    before = [p.clone() for p in runner.model.projector.parameters()]
    runner.train()
    assert runner.iter == 1
    assert not all(
        map(torch.equal, before, runner.model.projector.parameters()))
    scalars = runner.message_hub.log_scalars
    assert 0 < scalars['train/loss'].current() < math.inf
    for name in ('uniformity', 'teacher_uniformity', 'modality_gap', 'cka'):
        assert math.isfinite(scalars[f'val/{name}'].current())
    assert 'val/miou' not in scalars
    said = next(tmp_path.glob('*/*.log')).read_text()
    assert 'val_evaluator reports StructureMetric' in said
    assert 'test_dataloader reads by paired_pipeline' in said
    tested = runner.test()
    assert math.isfinite(tested['cka']) and 'miou' not in tested
    state = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    assert all(
        name.startswith(('backbone.', 'projector.'))
        for name in state['state_dict'])


def test_its_network_is_hidden_frozen_and_follows():
    teacher = build_teacher(TIMM).train().double()
    assert not teacher.network.training
    assert not list(teacher.parameters()) and not teacher.state_dict()
    # What DDP sees: no more than the scalar that knows device and dtype.
    assert len(list(teacher.modules())) == len(list(teacher.buffers())) == 1
    parameters = list(teacher.network.parameters())
    assert not any(p.requires_grad for p in parameters)
    assert all(p.dtype == torch.float64 for p in parameters)
    twin = copy.deepcopy(teacher)
    rows = teacher.features_at(
        torch.rand(2, 3, 32, 48).double(), torch.tensor([1]),
        torch.tensor([[3., 4.]]))
    assert rows.shape == (1, 16) and not rows.requires_grad
    assert torch.equal(twin.network.cls_token, teacher.network.cls_token)


def test_predict_and_the_tools_say_what_it_lacks(cfg, tmp_path):
    model = MODELS.build(cfg.model)
    with pytest.raises(BadInput, match='no words.*probe.*StructureMetric'):
        model.predict({}, [])
    with pytest.raises(BadInput, match='BlockTeacher has no words'):
        teacher_labels(model, {})
    checkpoint = tmp_path / 'x.pth'
    checkpoint.touch()
    with pytest.raises(BadInput, match='reldistill_nus.py.*has no words'):
        load_segmentor(cfg, checkpoint)
    cfg.model.zero_shot_head = dict(type='ZeroShotHead')
    with pytest.raises(BadInput, match='BlockTeacher embeds no words'):
        MODELS.build(cfg.model)
    options = dict(cfg.model, type='ZeroShotSegmentor', zero_shot_head=None)
    del options['distill_head'], options['pair_sampler']
    with pytest.raises(BadInput, match='set model.zero_shot_head'):
        MODELS.build(options)


def test_a_validation_of_labels_stops_before_the_first_step(cfg):
    from reldistill_mm.evaluation import PointSegMetric, StructureMetric
    hook, model = CheckClassesHook(), SimpleNamespace(zero_shot_head=None)
    loop = SimpleNamespace(evaluator=SimpleNamespace(metrics=[]))
    runner = SimpleNamespace(model=model, val_loop=loop, test_loop=loop)
    hook.before_run(SimpleNamespace(model=model, cfg=cfg))
    loop.evaluator.metrics = [StructureMetric()]
    hook.before_train(runner)
    loop.evaluator.metrics = [StructureMetric(), PointSegMetric()]
    with pytest.raises(BadInput, match='val_evaluator.*StructureMetric'):
        hook.before_train(runner)
    with pytest.raises(BadInput, match='test_dataloader'):
        hook.before_test(runner)
    model.zero_shot_head = 'some'
    hook.before_test(runner)


def test_image_sizes_stop_before_the_first_step(cfg):
    """Whichever step decides them, or none."""
    from mmdet3d.registry import DATASETS

    def loader(split, pipeline):
        options = cfg[f'{split}_dataloader'].dataset
        return SimpleNamespace(
            dataset=DATASETS.build(dict(options, pipeline=pipeline)))

    hook, right = CheckImageSizeHook(), cfg.paired_pipeline
    whole = right[:4] + right[5:]
    other = copy.deepcopy(right)
    other[4].size = (224, 420)
    runner = SimpleNamespace(
        seed=0,
        model=MODELS.build(cfg.model),
        val_loop=None,
        train_dataloader=loader('train', cfg.train_pipeline),
        val_dataloader=loader('val', other))
    hook.before_train(runner)
    runner.val_loop = 'some'
    with pytest.raises(BadInput, match=r'val_d.*\(224, 420\).*multiples.*16'):
        hook.before_train(runner)
    runner.test_dataloader = loader('test', whole)
    with pytest.raises(BadInput, match=r'test_dataloader.*\(90, 160\)'):
        hook.before_test(runner)
    runner.test_dataloader = loader('test', cfg.test_pipeline)
    hook.before_test(runner)
    runner.model.teacher.image_size = (224, 224)
    with pytest.raises(BadInput, match=r'train.*416.*\(224, 224\), the only'):
        hook.before_train(runner)
    # Tools without a runner.
    sample = runner.val_dataloader.dataset[0]
    with pytest.raises(BadInput, match=r'\(224, 420\) .* cannot read'):
        teacher_features(runner.model, sample, None)


def test_drawn_weights_cannot_be_cached(cfg, tmp_path):
    manifest = Manifest(cache_identity(cfg), 'BUILD')
    with pytest.raises(BadInput, match='BlockTeacher.*drawn at random'):
        build_cache(MODELS.build(cfg.model), [], tmp_path, manifest)


def test_a_cache_of_another_layer_is_refused():
    manifest = Manifest(cache_identity(plain_config(TIMM)), 'BUILD')
    check_config(plain_config(TIMM), manifest, 'ROOT')
    other = plain_config(dict(TIMM, layer=2))
    with pytest.raises(BadInput, match='teacher.layer: cached 1, config 2'):
        check_config(other, manifest, 'ROOT')


@pytest.mark.parametrize(
    'teacher', [TIMM, CLIP, DINO, FILE], ids=lambda t: t['type'])
def test_every_argument_of_every_teacher_counts(teacher):
    """All but those that the class declares to decide no feature."""
    name = teacher['type']
    values = OTHER_VALUES[name]
    assert set(values) == set(teacher_class(teacher).arguments(teacher))
    manifest = Manifest(cache_identity(plain_config(teacher)), 'BUILD')
    for argument, value in values.items():
        changed = plain_config(dict(teacher, **{argument: value}))
        if argument in NEUTRAL[name]:
            check_config(changed, manifest, 'ROOT')
            continue
        with pytest.raises(BadInput, match="'ROOT' is stale"):
            check_config(changed, manifest, 'ROOT')


def test_every_teacher_is_among_them():
    ours = {
        name
        for name, kind in MODELS.module_dict.items()
        if isinstance(kind, type) and issubclass(kind, FrozenTeacher)
        and kind.__module__.startswith('reldistill_mm')
    }
    assert ours <= set(OTHER_VALUES)


def test_a_teacher_of_another_type_is_refused():
    manifest = Manifest(cache_identity(plain_config(TIMM)), 'BUILD')
    other = plain_config(dict(TIMM, type='OtherTeacher'))
    with pytest.raises(BadInput, match='BlockTeacher, config.*OtherTeacher'):
        check_config(other, manifest, 'ROOT')


def test_defaults_count_as_if_they_were_given():
    short = {name: TIMM[name] for name in ('type', 'model')}
    whole = dict(short, layer=-1, pretrained=False)
    assert BlockTeacher.identity(short) == BlockTeacher.identity(whole)
    as_class = dict(short, type=BlockTeacher)
    assert BlockTeacher.identity(as_class) == BlockTeacher.identity(short)


@pytest.mark.parametrize('kind', [TIMM, CLIP], ids=lambda t: t['type'])
def test_unknown_arguments_are_refused(kind):
    for name, close in (('layers', 'layer'), ('strid', 'stride')):
        cfg = dict(kind, **{name: 5})
        known = teacher_class(kind).arguments(kind)
        hint = f"did you mean '{close}'" if close in known else 'It takes'
        for refuse in (build_teacher, teacher_class(kind).identity):
            with pytest.raises(
                    BadInput, match=f"no argument '{name}'.*{hint}"):
                refuse(cfg)
    with pytest.raises(BadInput, match="needs the argument 'model'"):
        build_teacher(dict(type=kind['type']))


def test_arguments_behind_kwargs_are_known():

    class Thin(OpenCLIPTeacher):

        def __init__(self, depth=1, **kwargs):
            super().__init__(**kwargs)

    first = Thin.identity(dict(CLIP, depth=1))
    assert Thin.identity(dict(CLIP, depth=2)) != first
    assert Thin.identity(dict(CLIP, stride=16)) != first
    assert Thin.identity(dict(CLIP, cache_dir='x')) == first

    class Fixed(OpenCLIPTeacher):

        def __init__(self, depth=1):
            super().__init__('ViT-B-16', 'openai')

    assert Fixed.identity({}) != Fixed.identity(dict(depth=2))
    with pytest.raises(BadInput, match="no argument 'model'"):
        Fixed.identity(CLIP)


def test_a_file_counts_by_its_content(tmp_path):
    paths = [tmp_path / name for name in 'abc']
    for path, text in zip(paths, ('one', 'one', 'two')):
        path.write_text(text)
    first, same, other = (
        BlockTeacher.identity(dict(TIMM, model=str(path))) for path in paths)
    assert first == same != other
    with pytest.raises(BadInput, match='model=<object.*describe'):
        BlockTeacher.identity(dict(TIMM, model=object()))


def test_what_is_not_a_teacher():
    with pytest.raises(BadInput, match='TimTeacher.*custom_imports'):
        build_teacher(dict(type='TimTeacher'))
    with pytest.raises(BadInput, match='derive from.*FrozenTeacher'):
        build_teacher(dict(type='PointProjector'))

    @MODELS.register_module(force=True)
    class Silent(FrozenTeacher):

        def __init__(self):
            super().__init__(torch.nn.Identity)

        def features_at(self, images, image, uv):
            """None."""

    with pytest.raises(TypeError, match='no embed_dim, mean_std, stride'):
        build_teacher(dict(type='Silent'))
    with pytest.raises(TypeError, match='abstract'):
        FrozenTeacher(torch.nn.Identity)
    assert issubclass(OpenCLIPTeacher, TextTeacher)


@pytest.mark.parametrize('options, message', [
    (dict(model='swin_base_patch4_window7_224',
          pretrained='random'), 'no dense features'),
    (dict(model='ViT-B-16-SigLIP', pretrained='webli',
          dense='nacl'), "no dense path 'nacl'"),
    (dict(
        model='ViT-B-16',
        pretrained='random',
        windows=dict(size=(224, 230), step=112)), 'multiples of 16'),
    (dict(
        model='ViT-B-16',
        pretrained='random',
        windows=dict(size=(224, 224), step=448)), 'at most the size'),
    (dict(model='ViT-B-16', pretrained='random',
          windows=dict(size=224)), 'windows=.*size=.height, width'),
    (dict(model='ViT-B-16', pretrained='random', stride=8), 'every 8 pixels'),
    (dict(model='RN50', pretrained='random', stride=4), 'every 4 pixels'),
    (dict(model='ViT-B-16-quickgelu', pretrained='random',
          quick_gelu=False), 'QuickGELU'),
    (dict(model=3), 'model=3 .* not the name'),
    (dict(model='ViT-B-16', pretrained='random',
          images_per_step=0), 'images_per_step=0 is not a positive'),
    (dict(model='ViT-B-16', pretrained='random',
          images_per_step='x'), "images_per_step='x' is not a positive"),
])
def test_what_a_clip_cannot_do_is_said_when_it_is_built(
        options, message, monkeypatch):
    from reldistill_mm.models.teachers import build_clip
    monkeypatch.setattr(build_clip.open_clip, 'create_model', None)
    with pytest.raises(BadInput, match=message):
        build_teacher(dict(options, type='OpenCLIPTeacher'))


def test_the_stride_is_known_without_weights():
    for model, stride, found in (('ViT-B-32', None, 32), ('RN50', None, 32),
                                 ('RN50', 8, 8)):
        teacher = OpenCLIPTeacher(model, 'openai', True, stride=stride)
        assert teacher.stride == found and teacher._frozen is None


def test_a_subclasss_arguments_are_of_its_space():
    """One that changes features may not pass for its base."""

    class Lora(OpenCLIPTeacher):

        def __init__(self, adapter: str, **kwargs) -> None:
            super().__init__(**kwargs)

    clip = dict(CLIP, model='ViT-B-16-quickgelu')
    spaces = [
        OpenCLIPTeacher.space(clip),
        Lora.space(dict(clip, type='Lora', adapter='a')),
        Lora.space(dict(clip, type='Lora', adapter='b')),
    ]
    assert all(first != second for first, second in (
        spaces[:2], spaces[1:], spaces[::2]))  # yapf: disable
    assert OpenCLIPTeacher.space(dict(clip, stride=16)) == spaces[0]
