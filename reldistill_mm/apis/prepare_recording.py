"""Make an info file of a folder of recordings, and check its calibration."""
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.registry import init_default_scope

from ..datasets.info_file import write_infos
from ..datasets.recordings import convert_folder, convert_kitti_raw
from ..errors import BadInput
from ..functional.edge_verdict import CameraEdges, edge_table, judge_edges
from ..io.files import require_file_place
from .browse_pairs import check_picture_name, draw_pairs, paired_results
from .judge_calibration import measure_cameras


def prepare_recording(root: Path,
                      out: Path | None = None,
                      picture: Path | None = None,
                      frames: int = 8,
                      max_sweeps: int = 10,
                      kind: str = 'folder',
                      say: Callable[[str], None] = print) -> list[Path]:
    """Convert a folder, check what was made, and draw its pairs.

    Args:
        root (Path): Folder with ``points``, ``images/CAMERA`` and
            ``calibration.yaml`` (docs/own_data.md), or a drive of KITTI's raw
            data.
        out (Path, optional): The info file. Defaults to None,
            ``infos.pkl`` in ``root``.
        picture (Path, optional): Picture of the pairs. Defaults to None,
            ``pairs.png`` beside the info file.
        frames (int): Number of keyframes to check. Defaults to 8.
        max_sweeps (int): Earlier clouds listed with each keyframe, where
            there are poses. Defaults to 10.
        kind (str): 'folder' or 'kitti_raw'. Defaults to 'folder'.
        say (Callable): Takes a line. Defaults to ``print``.

    Returns:
        list[Path]: The info file and the picture.

    Raises:
        MissingInput: A file or folder is missing.
        BadInput: One cannot be right, or no point falls into a camera.
    """
    root = Path(root)
    out = Path(out) if out else root / 'infos.pkl'
    picture = Path(picture) if picture else out.with_name('pairs.png')
    require_file_place(out, '--out')
    if max_sweeps < 0:
        raise BadInput(f'--max-sweeps {max_sweeps} is negative.')
    if kind == 'folder':
        recording = convert_folder(root, max_sweeps=max_sweeps)
    else:
        recording = convert_kitti_raw(root)
    for note in recording.notes:
        say(note)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'infos.pkl')
        seen = [e for e in recording.infos['data_list'] if e['images']]
        write_infos({**recording.infos, 'data_list': seen}, path)
        check_recording(path, root, picture, frames, say)
    write_infos(recording.infos, out)
    return [out, picture]


def check_recording(ann_file: Path,
                    root: Path,
                    picture: Path,
                    frames: int = 8,
                    say: Callable[[str], None] = print) -> None:
    """Check the calibration of any info file, and draw each camera once.

    Args:
        ann_file (Path): Info file that ``CameraLidarDataset`` reads.
        root (Path): Folder that its paths are relative to.
        picture (Path): Picture of the pairs to write.
        frames (int): Number of keyframes to check. Defaults to 8.
        say (Callable): Takes a line. Defaults to ``print``.

    Raises:
        MissingInput: A file is missing.
        BadInput: One cannot be right, or no point falls into a camera.
    """
    check_picture_name(str(picture), '--picture')
    if frames < 1:
        raise BadInput(f'--frames {frames} must be at least 1.')
    checked, drawn = _check(paired_dataset(ann_file, root), frames)
    shares = {
        name: float(np.mean(shares))
        for name, (shares, _) in checked.items()
    }
    _require_points(shares, root)
    for name, share in shares.items():
        say(f'{name}: {100 * share:.1f} % of the points are in its images')
    edges = {
        name: CameraEdges.pool(found)
        for name, (_, found) in checked.items()
    }
    say(edge_table(edges))
    for name, each in edges.items():
        say(str(judge_edges(name, each)))
    draw_pairs(drawn, str(picture))


def paired_dataset(ann_file: Path, root: Path) -> Any:
    """Build a dataset that reads an info file as far as its pairs.

    Args:
        ann_file (Path): The info file.
        root (Path): Folder that its paths are relative to.
    """
    pair = dict(type='PairPointsWithPixels', occlusion=dict(), on_empty='warn')
    return _dataset(
        ann_file, root,
        [dict(type='LoadScanPoints'),
         dict(type='LoadCameraImages'), pair])


def points_dataset(ann_file: Path,
                   root: Path,
                   columns: int | None = None,
                   intensity_scale: float | None = None) -> Any:
    """Build a dataset that reads an info file's points alone.

    Args:
        ann_file (Path): The info file.
        root (Path): Folder that its paths are relative to.
        columns (int, optional): Columns of ``.bin`` files.
        intensity_scale (float, optional): Factor on the intensities.
    """
    load = dict(
        type='LoadScanPoints',
        columns=columns,
        intensity_scale=intensity_scale)
    return _dataset(
        ann_file,
        root, [load],
        modality=dict(use_lidar=True, use_camera=False))


def _dataset(ann_file: Path, root: Path, pipeline: list[dict],
             **kwargs: Any) -> Any:
    init_default_scope('mmdet3d')
    return DATASETS.build(
        dict(
            type='CameraLidarDataset',
            data_root=f'{Path(root).resolve()}/',
            ann_file=str(Path(ann_file).resolve()),
            pipeline=pipeline,
            **kwargs))


def _check(
    dataset: Any, frames: int
) -> tuple[dict[str, tuple[list[float], list[CameraEdges]]], list[dict]]:
    """Shares and edges of each camera, and keyframes that show each once."""
    numbers = np.linspace(0, len(dataset) - 1, frames).astype(int)
    checked: dict[str, tuple[list[float], list[CameraEdges]]] = {}
    drawn: list[dict] = []
    for number in np.unique(numbers):
        results = paired_results(dataset, number)
        if not checked.keys() >= set(results['camera_names']):
            drawn.append(results)
        pairs, count = results['pairs'], len(results['points'])
        for index, (name,
                    edges) in enumerate(measure_cameras(results).items()):
            shares, found = checked.setdefault(name, ([], []))
            shares.append((pairs.camera == index).sum() / count)
            found.append(edges)
    return checked, drawn


def _require_points(shares: dict[str, float], root: Path) -> None:
    for name, share in shares.items():
        if share == 0:
            raise BadInput(
                f"No point falls into the images of camera '{name}' of "
                f"'{root}': its lidar2cam is wrong (inverted, of another "
                'camera, or not from the axes of the clouds, x forward, y '
                'left, z up), or its cam2img is not in pixels.')
