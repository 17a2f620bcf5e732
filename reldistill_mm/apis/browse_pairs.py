"""Draw the point-pixel pairs of a training sample."""
from pathlib import Path
from typing import Any

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.registry import init_default_scope
from PIL import Image

from ..cli.pipeline_errors import missing_steps
from ..datasets.backend import fill_config
from ..datasets.transforms.traits import needs_cameras, pairs_points
from ..errors import BadInput
from ..functional.edge_verdict import CameraEdges, edge_table, judge_edges
from ..io.config_file import read_config
from ..io.files import atomic_path, require_file_place
from ..visualization import enlarge, paint_pairs, pair_sheet, thin_pairs
from .judge_calibration import measure_cameras

_OPACITY = 0.5


def browse_pairs(config: str,
                 out: str,
                 index: int = 0,
                 augmented: bool = False,
                 seed: int = 0,
                 options: dict | None = None,
                 frames: int = 1) -> str:
    """Run the training pipeline as far as needed and draw its pairs.

    Each camera's bare image stands beside the same with its pairs, thinned
    and half transparent. Unless they are augmented, the edges of the cloud
    are held against those of the images, as calibrated and turned by a
    little, which tells a wrong calibration.

    Args:
        config (str): A config whose training pairs points with pixels.
        out (str): Picture to write.
        index (int): Number of the sample. Defaults to 0.
        augmented (bool): Draw crops and flips as the teacher sees them.
            Defaults to False.
        seed (int): Seed of the augmentation. Defaults to 0.
        options (dict, optional): Changes of the config.
        frames (int): Number of samples, from ``index`` on and evenly spread,
            whose edges are measured together. Defaults to 1.

    Returns:
        str: Lines: the numbers of pairs; how well edges agree; a sentence on
        each camera's calibration.

    Raises:
        BadInput: No step pairs points, or there is no such sample.
    """
    check_picture_name(out, '--out')
    cfg = read_config(config, options)
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    fill_config(cfg)
    dataset_cfg = cfg.get('train_dataloader', {}).get('dataset', {})
    if not any(map(pairs_points, dataset_cfg.get('pipeline', []))):
        raise BadInput(
            f"The training of '{config}' has no step that pairs points "
            'with pixels (PairPointsWithPixels): take a config that reads '
            'images, such as configs/reldistill_nus.py.')
    np.random.seed(seed)
    dataset = DATASETS.build(dataset_cfg)
    if not 0 <= index < len(dataset):
        raise BadInput(f'--index {index} is not in [0, {len(dataset)}), the '
                       'size of the dataset.')
    with missing_steps():
        results = paired_results(dataset, index, augmented)
    verdicts, table = [], ''
    if not augmented:
        edges = _pooled(dataset, results, index, frames)
        verdicts = [str(judge_edges(*each)) for each in edges.items()]
        table = edge_table(edges)
    draw_pairs(results, out)
    return '\n'.join([_counts(results), *filter(None, [table]), *verdicts])


def _pooled(dataset: Any, results: dict, index: int,
            frames: int) -> dict[str, CameraEdges]:
    """Measure the edges of one sample and of ``frames - 1`` others."""
    if frames < 1:
        raise BadInput(f'--frames {frames} must be at least 1.')
    parts: dict[str, list[CameraEdges]] = {}
    others = np.linspace(index, len(dataset) - 1, frames).astype(int)
    for number in np.unique([index, *others]):
        if number != index:
            with missing_steps():
                each = paired_results(dataset, number, augmented=False)
        else:
            each = results
        for name, edges in measure_cameras(each).items():
            parts.setdefault(name, []).append(edges)
    return {name: CameraEdges.pool(edges) for name, edges in parts.items()}


def draw_pairs(results: dict, out: str) -> None:
    """Draw the pairs of a keyframe, each camera beside its bare image.

    Args:
        results (dict): What a pipeline holds after its pairing.
        out (str): Picture to write.
    """
    names, pairs = results['camera_names'], results['pairs']
    images, pairs = enlarge([np.asarray(i) for i in results['camera_imgs']],
                            pairs)
    counts = np.bincount(pairs.camera, minlength=len(names))
    thin = thin_pairs(pairs, [i.shape[1] for i in images])
    overlays = paint_pairs(images, thin, opacity=_OPACITY)
    captions = [f'{name}: {count} pairs' for name, count in zip(names, counts)]
    with atomic_path(out) as path:
        pair_sheet(images, overlays, names, captions).save(path)


def _counts(results: dict) -> str:
    pairs, names = results['pairs'], results['camera_names']
    visible = results['camera_visible'].mean()
    counts = np.bincount(pairs.camera, minlength=len(names))
    return (f"{results['lidar_path']}: {len(pairs.point)} pairs, "
            f'{100 * visible:.1f} % of points in at least one camera; ' +
            ', '.join(f'{n} {c}' for n, c in zip(names, counts)))


def check_picture_name(out: str, option: str) -> None:
    """Refuse a picture whose name ends as no picture's.

    Raises:
        BadInput: It does, or its folder cannot be written to.
    """
    known = Image.registered_extensions()
    end = Path(out).suffix.lower()
    if known.get(end) not in Image.SAVE:
        raise BadInput(
            f"{option} '{out}' does not end as a picture's name does: "
            'take .png or .jpg.')
    require_file_place(out, option)


def paired_results(dataset: Any, index: int, augmented: bool = False) -> dict:
    """Run a dataset's pipeline until points and pixels are paired.

    Args:
        dataset (Any): A dataset whose pipeline pairs.
        index (int): Number of the sample.
        augmented (bool): Whether to go on with what moves images. Defaults
            to False.

    Returns:
        dict: What the pipeline holds.
    """
    results = dataset.get_data_info(index)
    results['dataset'] = dataset
    for transform in dataset.pipeline.transforms:
        if 'pairs' in results and not augmented:
            break
        if 'pairs' in results and not needs_cameras(transform):
            continue
        results = transform(results)
    return results
