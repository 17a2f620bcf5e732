"""Small recordings of other sensors, in mmdet3d's info formats."""
import pickle
from pathlib import Path

import numpy as np
from PIL import Image

# A camera that looks along the LiDAR's x axis, 0.2 m above it.
FORWARD = np.array([[0., -1, 0, 0], [0, 0, -1, .2], [1, 0, 0, 0], [0, 0, 0,
                                                                   1]])


def turned(yaw):
    """The same, turned to the left by degrees."""
    c, s = np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw))
    turn = np.eye(4)
    turn[:2, :2] = [[c, s], [-s, c]]
    return FORWARD @ turn


def scene(seed, count=4000):
    """Points (N, 4): ground and walls around the sensor, intensity 0 to 1."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-25, 25, (count, 2))
    z = np.where(rng.random(count) < 0.5, -1.7, rng.uniform(-1.7, 3, count))
    z += rng.normal(0, .02, count)
    points = np.column_stack([xy, z, rng.random(count)])
    return points[np.linalg.norm(xy, axis=1) > 2].astype(np.float32)


def write_image(path, height, width, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (height // 16 + 1, width // 16 + 1, 3))
    image = np.kron(blocks, np.ones((16, 16, 1)))[:height, :width]
    Image.fromarray(image.astype(np.uint8)).save(path)


def write_bin(path, points):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.asarray(points, np.float32).tofile(path)


def intrinsics(height, width, focal=None):
    focal = focal or width / 2
    return [[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2],
            [0, 0, 1]]


def write_infos(root, infos, name='infos.pkl', **metainfo):
    path = Path(root) / name
    path.write_bytes(pickle.dumps(dict(metainfo=metainfo, data_list=infos)))
    return path


WAYMO = ('CAM_FRONT', 'CAM_FRONT_LEFT', 'CAM_FRONT_RIGHT', 'CAM_SIDE_LEFT',
         'CAM_SIDE_RIGHT')


def write_waymo(root, count=3):
    """As ``create_waymo_info_file`` of mmdet3d 1.4.0 does: bare names, P as
    (3, 4), sizes per camera, sweeps with poses of the vehicle alone."""
    infos = []
    for frame in range(count):
        name = f'0000{frame:03d}'
        points = scene(frame)
        columns = [points, np.zeros((len(points), 1)), np.arange(len(points))]
        write_bin(root / f'training/velodyne/{name}.bin',
                  np.column_stack(columns))
        images = {}
        for number, camera in enumerate(WAYMO):
            height, width = (128, 192) if number < 3 else (88, 192)
            write_image(root / f'training/image_{number}/{name}.jpg', height,
                        width, number)
            lidar2cam = turned((0, 45, -45, 90, -90)[number])
            cam2img = np.column_stack([intrinsics(height, width), np.zeros(3)])
            images[camera] = dict(
                img_path=f'{name}.jpg',
                height=height,
                width=width,
                lidar2cam=lidar2cam.astype(np.float32).tolist(),
                cam2img=cam2img.astype(np.float32).tolist(),
                lidar2img=(cam2img @ lidar2cam).astype(np.float32).tolist())
        pose = np.eye(4)
        pose[:2, 3] = 1e4 + 1.5 * frame, -2e3
        info = dict(
            sample_idx=int(name),
            timestamp=1_500_000_000_000_000 + 100_000 * frame,
            ego2global=pose.astype(np.float32).tolist(),
            context_name='segment',
            images=images,
            lidar_points=dict(lidar_path=f'{name}.bin', num_pts_feats=6),
            instances=[dict(bbox_3d=[0.] * 7, bbox_label_3d=0)])
        sweeps = [
            dict(
                timestamp=earlier['timestamp'],
                ego2global=earlier['ego2global'],
                lidar_points=dict(
                    lidar_path=earlier['lidar_points']['lidar_path']))
            for earlier in reversed(infos)
        ]
        if sweeps:
            info['lidar_sweeps'] = sweeps
            info['image_sweeps'] = []
        infos.append(info)
    write_infos(
        root,
        infos,
        'waymo_infos_train.pkl',
        dataset='waymo',
        version='1.4.2',
        info_version='1.1')


def write_argoverse(root, count=2):
    """Argoverse 2's sensors: an upright front camera among lying ones, clouds
    in the vehicle's frame, poses of the city, and lenses that bend."""
    infos = []
    for frame in range(count):
        name = f'31596{frame:04d}'
        points = scene(10 + frame)
        points[:, 3] = np.round(255 * points[:, 3])
        (root / 'lidar').mkdir(parents=True, exist_ok=True)
        np.save(root / f'lidar/{name}.npy', points)
        images = {}
        for camera, yaw, size in (('ring_front_center', 0, (192, 144)),
                                  ('ring_side_left', 90, (144, 192)),
                                  ('ring_rear_right', -150, (144, 192))):
            write_image(root / f'cameras/{camera}/{name}.jpg', *size)
            images[camera] = dict(
                img_path=f'cameras/{camera}/{name}.jpg',
                height=size[0],
                width=size[1],
                lidar2cam=turned(yaw).tolist(),
                cam2img=intrinsics(*size, focal=120),
                camera_model='brown_conrady',
                distortion=[-.25, .09, 0, 0, -.02])
        infos.append(
            dict(
                token=f'log_{name}',
                ego2global=np.eye(4).tolist(),
                lidar_points=dict(lidar_path=f'lidar/{name}.npy'),
                images=images))
    write_infos(root, infos, dataset='argoverse2')
