"""A trained student and its words, without the teacher."""
import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config, ConfigDict

from ..datasets.transforms.traits import needs_cameras
from ..io.files import atomic_path, file_sum, require_folder
from ..io.paths import tiny_clip_model
from ..models import ZeroShotHead
from ..models.teachers.teacher_mark import teacher_mark
from ..version import __version__
from ..visualization import word_palette
from .load_segmentor import EXPORTED, load_segmentor
from .words import class_colours, word_head

# What mmdet3d's own tools and inferencers read; nothing for training.
_KEPT = ('default_scope', 'custom_imports', 'env_cfg', 'log_level',
         'log_processor', 'default_hooks', 'vis_backends', 'visualizer',
         'test_cfg', 'test_evaluator', 'tta_model')


def export_zero_shot(config: str | Path | Config,
                     checkpoint: str | Path,
                     out: str | Path,
                     vocabulary: dict[str, list[str]] | None = None,
                     options: dict | None = None) -> tuple[Path, Path]:
    """Write ``zero_shot.py`` and ``zero_shot.pth`` into a folder.

    The config inherits from nothing; the checkpoint holds the student, the
    words' embeddings, and as ``meta['made_of']`` the name and the SHA-256 of
    the checkpoint that it was made of. Both run without CLIP wherever this
    package is installed: in ``tools/test.py``, mmdet3d's own, and mmdet3d's
    ``LidarSeg3DInferencer``.

    Args:
        config (str | Path | Config): Config of the trained model.
        checkpoint (str | Path): Its weights.
        out (str | Path): Folder to write to; made if it does not exist.
        vocabulary (dict[str, list[str]], optional): Other classes and their
            words. Defaults to None, the config's own.
        options (dict, optional): Changes to the config.

    Returns:
        tuple[Path, Path]: Config and checkpoint.

    Raises:
        MissingInput, BadInput: See :func:`load_segmentor`.
    """
    require_folder(out)
    trained = load_segmentor(config, checkpoint, options=options)
    head = word_head(trained, vocabulary)
    exported = export_config(trained.cfg, head)
    model = MODELS.build(exported.model)
    model.backbone, model.projector = trained.backbone, trained.projector
    model.zero_shot_head.set_text_weights(head.text_weights)
    palette = word_palette(head.classes, class_colours(trained.cfg))
    metainfo = dict(classes=list(head.classes), palette=palette.tolist())
    teacher = trained.cfg.model.get('teacher')
    taught_by = trained.taught_by or (teacher and teacher_mark(teacher))
    content = dict(
        state_dict=model.state_dict(),
        meta=dict(
            teacher=taught_by,
            dataset_meta=metainfo,
            reldistill_mm=__version__,
            # The name alone: the folder says nothing on another machine.
            made_of=dict(
                checkpoint=Path(checkpoint).name,
                sha256=file_sum(checkpoint))))
    paths = [Path(out) / f'{EXPORTED}{end}' for end in ('.py', '.pth')]
    with atomic_path(paths[0]) as fresh_config, \
            atomic_path(paths[1]) as fresh_checkpoint:
        # Resolved where the package is when the config is read.
        fresh_config.write_text(
            exported.pretty_text.replace(
                repr(tiny_clip_model()),
                "__import__('reldistill_mm').tiny_clip_model()"))
        torch.save(content, fresh_checkpoint)
    return paths[0], paths[1]


def export_config(cfg: Config, head: ZeroShotHead) -> Config:
    """The config of the exported model.

    Args:
        cfg (Config): Config of the trained model.
        head (ZeroShotHead): Head with the words.

    Returns:
        Config: It names the teacher only as ``text_teacher``, for new words,
        and has a ``test_dataloader`` if the trained model's has one.
    """
    cfg = copy.deepcopy(cfg)
    preprocessor = cfg.model.data_preprocessor
    for name in ('mean', 'std'):
        # These belong to images, which are no longer read.
        preprocessor.pop(name, None)
    exported = {name: cfg[name] for name in _KEPT if name in cfg}
    exported['model'] = dict(
        type='ZeroShotSegmentor',
        data_preprocessor=preprocessor,
        backbone=cfg.model.backbone,
        projector=cfg.model.projector,
        zero_shot_head=dict(
            type='ZeroShotHead',
            classes=head.classes,
            vocabulary=head.vocabulary,
            templates=head.templates,
            store_text=True))
    exported['text_teacher'] = cfg.get('text_teacher',
                                       cfg.model.get('teacher'))
    exported['custom_hooks'] = [dict(type='CheckClassesHook')]
    # Data without labels has no test, only scans for segment.py.
    if cfg.get('test_dataloader'):
        exported['test_dataloader'] = cfg.test_dataloader
        _strip_cameras(cfg.test_dataloader.dataset, head.classes,
                       class_colours(cfg))
    if 'tta_pipeline' in cfg:
        exported['tta_pipeline'] = points_only_pipeline(cfg.tta_pipeline)
    return Config(exported)


def _strip_cameras(dataset: ConfigDict, classes: Sequence[str],
                   colours: dict[str, Sequence[int]]) -> None:
    """Remove cameras, and labels of other classes, in place."""
    if list(colours) != list(classes):
        if dataset.type == 'CameraLidarDataset':
            # Paths of one's own infos are below data_root, not its points/.
            dataset.setdefault('data_prefix', dict(pts=''))
        dataset.type = 'UnlabelledScanDataset'
        for name in ('ignore_index', 'scenes', 'keyframes', 'scans',
                     'load_sweeps', 'classes', 'cameras', 'sweeps_num',
                     'paired_pipeline'):
            dataset.pop(name, None)
    palette = word_palette(classes, colours).tolist()
    dataset.metainfo = dict(classes=list(classes), palette=palette)
    dataset.modality = dict(use_lidar=True, use_camera=False)
    dataset.pipeline = points_only_pipeline(dataset.pipeline)


def points_only_pipeline(pipeline: Sequence[dict]) -> list[dict]:
    """A test pipeline in mmdet3d's own loading and packing steps.

    ``LidarSeg3DInferencer`` looks for ``LoadPointsFromFile`` by name.

    Args:
        pipeline (Sequence[dict]): Steps of this package or of mmdet3d.

    Returns:
        list[dict]: The same for the points, nothing for cameras.
    """
    plain = []
    for step in copy.deepcopy(list(pipeline)):
        kind = step['type']
        if needs_cameras(step):
            continue
        plain.append(step)
        if kind == 'LoadLidarPoints':
            scale = step.pop('intensity_scale', 1)
            step.update(type='LoadPointsFromFile')
            step.setdefault('coord_type', 'LIDAR')
            plain += _column_check(step)
            if scale != 1:
                plain.append(dict(type='ScaleIntensity', factor=scale))
        elif kind == 'PackPairs':
            step.update(type='Pack3DDetInputs')
            step['keys'] = [key for key in step['keys'] if key != 'img']
        elif kind == 'TestTimeAug':
            step['transforms'] = [
                points_only_pipeline(choices) for choices in step['transforms']
            ]
    return plain


def _column_check(loader: dict) -> list[dict]:
    """Check what mmdet3d's loader does not; before any scaling."""
    used = loader.get('use_dim', 3)
    used = list(range(used)) if isinstance(used, int) else list(used)
    if used[:4] != [0, 1, 2, 3]:
        return []
    check = dict(type='CheckPointColumns', load_dim=loader.get('load_dim', 6))
    if loader.get('backend_args'):
        check['backend_args'] = loader['backend_args']
    return [check]
