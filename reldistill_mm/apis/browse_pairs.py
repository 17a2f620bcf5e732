"""Draw the point-pixel pairs of a training sample."""
from collections.abc import Sequence
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
                 frames: int = 8) -> str:
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
        frames (int): Number of samples, ``index`` and others evenly spread,
            whose edges are measured together, which tells smaller errors.
            Defaults to 8, or as many as there are.

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
    verdicts, table, drawn = [], '', [results]
    if not augmented:
        edges, drawn = _pooled(dataset, results, index, frames)
        verdicts = [str(judge_edges(*each)) for each in edges.items()]
        table = edge_table(edges)
    draw_pairs(drawn, out)
    return '\n'.join([_counts(results), *filter(None, [table]), *verdicts])


def _pooled(dataset: Any, results: dict, index: int,
            frames: int) -> tuple[dict[str, CameraEdges], list[dict]]:
    """Measure the edges of one sample and of ``frames - 1`` others.

    The samples returned show each camera, that of ``index`` first.
    """
    if frames < 1:
        raise BadInput(f'--frames {frames} must be at least 1.')
    parts: dict[str, list[CameraEdges]] = {}
    drawn = []
    count = len(dataset)
    spread = np.linspace(index, index + count, frames, endpoint=False)
    others = np.unique(spread.astype(int) % count)
    for number in (index, *others[others != index].tolist()):
        if number != index:
            with missing_steps():
                each = paired_results(dataset, number, augmented=False)
        else:
            each = results
        measured = measure_cameras(each)
        if each is results or not parts.keys() >= measured.keys():
            drawn.append(each)
        for name, edges in measured.items():
            parts.setdefault(name, []).append(edges)
    pooled = {name: CameraEdges.pool(edges) for name, edges in parts.items()}
    return pooled, drawn


def draw_pairs(keyframes: Sequence[dict], out: str) -> None:
    """Draw pairs, each camera once, beside its bare image.

    Args:
        keyframes (Sequence[dict]): What a pipeline holds after its pairing.
            Of a camera the first of them that has it is drawn.
        out (str): Picture to write.
    """
    rows: dict[str, tuple] = {}
    for results in keyframes:
        names = results['camera_names']
        images, pairs = enlarge(
            [np.asarray(i) for i in results['camera_imgs']], results['pairs'])
        counts = np.bincount(pairs.camera, minlength=len(names))
        thin = thin_pairs(pairs, [i.shape[1] for i in images])
        overlays = paint_pairs(images, thin, opacity=_OPACITY)
        for row in zip(names, images, overlays, counts):
            rows.setdefault(row[0], row)
    shown = list(rows.values())
    captions = [f'{name}: {count} pairs' for name, _, _, count in shown]
    with atomic_path(out) as path:
        pair_sheet([bare for _, bare, _, _ in shown],
                   [overlay for _, _, overlay, _ in shown], list(rows),
                   captions).save(path)


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
