"""Write worlds as a nuScenes v1.0 dataset."""
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from .classes import TO_NUSCENES
from .culling import CORNERS
from .scene import PERIOD, Keyframe, SceneJob, keyframe, scene_world
from .sensors import CAMERAS, LIDAR, Camera, invert
from .shadows import ShadowMap
from .tables import (Record, Tables, attribute_of, category_of, empty_tables,
                     fixed_tables, link, quaternion, token, visibility_token)

Array = np.ndarray
_EPOCH = 1_600_000_000_000_000
_TOWN = 'miniworld'
# Recordings of one split follow each other, those of another lie apart.
_FIRST = dict(train=0, choose=250, val=500)


def _pose_record(pose: Array) -> Record:
    return dict(
        translation=[float(v) for v in pose[:3, 3]],
        rotation=quaternion(pose[:3, :3]))


class _View(NamedTuple):
    """A camera, world to camera (4, 4), and pixels of each thing (T + 1,)."""
    camera: Camera
    to: Array
    pixels: Array


class SceneWriter:
    """Write the files of one scene and collect its records."""

    def __init__(self, job: SceneJob) -> None:
        self.job = job
        self.root = Path(job.folder)
        self.world, self.rig = scene_world(job)
        self.boxes = [thing.box() for thing in self.world.things]
        self.tables: Tables = empty_tables()
        self.start = _EPOCH + 100_000_000 * (job.index + _FIRST[job.split])
        self.sensors = {
            c.name: token('calibration', job.name, c.name)
            for c in self.rig.cameras
        }
        self.sensors[LIDAR] = token('calibration', job.name, LIDAR)

    def write(self) -> Tables:
        """Render and write all keyframes."""
        job = self.job
        shadows = ShadowMap(self.world)
        self._calibrations()
        for k in range(job.keyframes):
            frame = keyframe(self.world, self.rig, k, shadows)
            self._sample(k, frame)
        for channel in self.sensors:
            link([
                r for r in self.tables['sample_data']
                if f'/{channel}/' in r['filename']
            ])
        link(self.tables['sample'])
        samples = self.tables['sample']
        log = token('log', job.name)
        self.tables['log'].append(
            dict(
                token=log,
                logfile=f'{_TOWN}-{job.name}',
                vehicle=_TOWN,
                date_captured='2020-09-13',
                location='singapore-onenorth'))
        self.tables['scene'].append(
            dict(
                token=token('scene', job.name),
                log_token=log,
                nbr_samples=len(samples),
                name=job.name,
                first_sample_token=samples[0]['token'],
                last_sample_token=samples[-1]['token'],
                description=f'MiniWorld, {job.split} {job.index}'))
        self._instances()
        return self.tables

    def _calibrations(self) -> None:
        for camera in self.rig.cameras:
            self.tables['calibrated_sensor'].append(
                dict(
                    token=self.sensors[camera.name],
                    sensor_token=token('sensor', camera.name),
                    camera_intrinsic=camera.matrix.tolist(),
                    **_pose_record(camera.to_ego)))
        self.tables['calibrated_sensor'].append(
            dict(
                token=self.sensors[LIDAR],
                sensor_token=token('sensor', LIDAR),
                camera_intrinsic=[],
                **_pose_record(self.rig.lidar.to_ego)))

    def _data(self, sample: str, channel: str, stamp: int, suffix: str,
              size: tuple[int, int]) -> Record:
        """Add a sample_data record and its ego pose."""
        key = token('sample_data', self.job.name, channel, stamp)
        pose = self.world.ego_to_global((stamp - self.start) / 1e6)
        self.tables['ego_pose'].append(
            dict(token=key, timestamp=stamp, **_pose_record(pose)))
        name = f'{_TOWN}-{self.job.name}__{channel}__{stamp}'
        record = dict(
            token=key,
            sample_token=sample,
            ego_pose_token=key,
            calibrated_sensor_token=self.sensors[channel],
            timestamp=stamp,
            fileformat=suffix.split('.')[0],
            is_key_frame=True,
            height=size[1],
            width=size[0],
            filename=f'samples/{channel}/{name}.{suffix}')
        self.tables['sample_data'].append(record)
        return record

    def _sample(self, k: int, frame: Keyframe) -> None:
        job, stamp = self.job, self.start + k * PERIOD
        sample = token('sample', job.name, k)
        self.tables['sample'].append(
            dict(
                token=sample,
                timestamp=stamp,
                scene_token=token('scene', job.name)))
        for channel, shot in frame.shots.items():
            record = self._data(sample, channel, stamp + frame.delays[channel],
                                'jpg', job.size)
            path = self.root / record['filename']
            Image.fromarray(shot.image).save(path, quality=90)
            Image.fromarray(TO_NUSCENES[shot.surface]).save(
                self.root / 'classmaps' / channel / f'{path.stem}.png')
        record = self._data(sample, LIDAR, stamp, 'pcd.bin', (0, 0))
        record['fileformat'] = 'pcd'
        frame.scan.points.tofile(self.root / record['filename'])
        name = f"lidarseg/{job.version}/{record['token']}_lidarseg.bin"
        TO_NUSCENES[frame.scan.surface].tofile(self.root / name)
        self.tables['lidarseg'].append(
            dict(
                token=record['token'],
                sample_data_token=record['token'],
                filename=name))
        self._annotate(k, sample, frame)

    def _annotate(self, k: int, sample: str, frame: Keyframe) -> None:
        """Add a box for each thing that could move."""
        world, time = self.world, k * PERIOD / 1e6
        hit = self._count(frame.scan.thing)
        views = self._views(frame)
        for i, thing in enumerate(world.things):
            if not thing.name:
                continue
            centre, size = self.boxes[i]
            pose = thing.motion.pose(world.ground, time)
            pose[:3, 3] += pose[:3, :3] @ centre
            attribute = attribute_of(thing.name, thing.motion.speed,
                                     abs(np.sin(thing.motion.yaw)) > .9)
            self.tables['sample_annotation'].append(
                dict(
                    token=token('annotation', self.job.name, k, i),
                    sample_token=sample,
                    instance_token=token('instance', self.job.name, i),
                    visibility_token=visibility_token(
                        self._visible(views, i, pose, size)),
                    attribute_tokens=[token('attribute', attribute)]
                    if attribute else [],
                    size=[float(size[j]) for j in (1, 0, 2)],
                    num_lidar_pts=int(hit[i]),
                    num_radar_pts=0,
                    **_pose_record(world.placement @ pose)))

    def _count(self, thing: Array) -> Array:
        """(T + 1,) how often each thing occurs in ``thing``."""
        return np.bincount(
            thing[thing >= 0], minlength=len(self.world.things) + 1)

    def _views(self, frame: Keyframe) -> list[_View]:
        """Read from each camera's picture what it says about all things."""
        time = self.tables['sample'][-1]['timestamp'] - self.start
        ego = self.world.ego_pose(time / 1e6)
        return [
            _View(camera, invert(ego @ camera.to_ego),
                  self._count(frame.shots[camera.name].thing))
            for camera in self.rig.cameras
        ]

    @staticmethod
    def _visible(views: list[_View], i: int, pose: Array,
                 size: Array) -> float:
        """Estimate the share of a thing that some camera sees, 0..1.

        It compares the pixels of the thing with those that its box would cover
        if nothing were in front of it.
        """
        best = 0.
        corners = np.c_[CORNERS, np.ones(8)] * [*(size / 2), 1]
        for camera, to, pixels in views:
            p = (to @ pose @ corners.T)[:3]
            if p[2].min() < .3:
                continue
            uv = (camera.matrix @ p)[:2] / p[2]
            low, high = uv.min(1), uv.max(1)
            area = np.prod(
                np.clip(
                    np.minimum(high, camera.size) - np.maximum(low, 0), 0,
                    None))
            if area >= 4:
                best = max(best, pixels[i] / (.62 * area))
        return min(1., best)

    def _instances(self) -> None:
        """Chain the annotations of each thing."""
        chains: dict[str, list[Record]] = {}
        for record in self.tables['sample_annotation']:
            chains.setdefault(record['instance_token'], []).append(record)
        for i, thing in enumerate(self.world.things):
            key = token('instance', self.job.name, i)
            if key not in chains:
                continue
            link(chains[key])
            self.tables['instance'].append(
                dict(
                    token=key,
                    category_token=token('category', category_of(thing.name)),
                    nbr_annotations=len(chains[key]),
                    first_annotation_token=chains[key][0]['token'],
                    last_annotation_token=chains[key][-1]['token']))


def write_scene(job: SceneJob) -> Tables:
    """Write one scene; for a pool of workers."""
    return SceneWriter(job).write()


def make_folders(folder: Path, version: str) -> None:
    """Create the folders of an empty dataset."""
    for channel in (*CAMERAS, LIDAR):
        (folder / 'samples' / channel).mkdir(parents=True)
        if channel != LIDAR:
            (folder / 'classmaps' / channel).mkdir(parents=True)
    for name in (version, f'lidarseg/{version}', 'maps', 'sweeps'):
        (folder / name).mkdir(parents=True)


def write_tables(folder: Path, version: str, parts: list[Tables]) -> None:
    """Merge the scenes' records and write all tables and a map."""
    channels = {name: 'camera' for name in CAMERAS}
    channels[LIDAR] = 'lidar'
    tables = fixed_tables(channels)
    for part in parts:
        for name, records in part.items():
            tables[name] += records
    key = token('map', _TOWN)
    Image.new('L', (64, 64), 255).save(folder / 'maps' / f'{key}.png')
    tables['map'].append(
        dict(
            token=key,
            category='semantic_prior',
            filename=f'maps/{key}.png',
            log_tokens=[log['token'] for log in tables['log']]))
    for name, records in tables.items():
        text: Any = json.dumps(records, indent=0)
        (folder / version / f'{name}.json').write_text(text)
