"""A folder of recordings in the layout of docs/own_data.md."""
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from scipy.spatial.transform import Rotation
from tiny_rig import make_boxes, make_image, make_scan, mounted

# Two cameras: one bent as Brown and Conrady have it, one a fisheye; images of
# two sizes.
CAMERAS = dict(
    front=dict(
        cam2img=[[205., 0, 159.5], [0, 205, 99.5], [0, 0, 1]],
        size=(200, 320),
        camera_model='brown_conrady',
        distortion=[-.25, .08, .001, -.0005, -.01],
        lidar2cam=mounted(0, (.3, .1, -.2))),
    side=dict(
        cam2img=[[110., 0, 129.5], [0, 110, 104.5], [0, 0, 1]],
        size=(210, 260),
        camera_model='kannala_brandt',
        distortion=[.02, -.005, .001, -.0002],
        lidar2cam=mounted(70, (0, .3, -.2))))
# Of the LiDAR on what the poses are of.
LIDAR2EGO = np.eye(4)
LIDAR2EGO[:3, :3] = Rotation.from_euler('z', 10, degrees=True).as_matrix()
LIDAR2EGO[:3, 3] = .9, 0, 1.7
# Seconds that an image is late.
LATE = dict(front=.05, side=-.03)


def ego_pose(time: float) -> np.ndarray:
    """Where the vehicle is: 5 m/s forward and 10 degrees/s to the left."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler(
        'z', 10 * (time - 100), degrees=True).as_matrix()
    pose[:3, 3] = 5 * (time - 100), .2, 0
    return pose


def cloud_times(count: int) -> list[float]:
    return [100. + .2 * index for index in range(count)]


def image_time(camera: str, time: float) -> float:
    return time + LATE[camera]


def moved(camera: str, time: float) -> np.ndarray:
    """lidar2cam from a cloud to an image, each at its own time."""
    now = ego_pose(time) @ LIDAR2EGO
    then = ego_pose(image_time(camera, time)) @ LIDAR2EGO
    return CAMERAS[camera]['lidar2cam'] @ np.linalg.inv(then) @ now


def calibration() -> dict:
    """What the YAML file holds."""
    return dict(
        cameras={
            name:
            dict(
                cam2img=camera['cam2img'],
                camera_model=camera['camera_model'],
                distortion=camera['distortion'],
                lidar2cam=camera['lidar2cam'].tolist())
            for name, camera in CAMERAS.items()
        },
        lidar2ego=LIDAR2EGO.tolist())


def write_recording(root: Path, count: int = 3) -> Path:
    """Write clouds, images, times, poses and the calibration."""
    boxes = make_boxes(4, 60)
    (root / 'points').mkdir(parents=True)
    rows = dict(points=[])
    poses = []
    for index, time in enumerate(cloud_times(count)):
        name = f'{index:06d}'
        # Boxes stand still; the scan is of one moment.
        at_lidar = _seen_from(boxes, ego_pose(time) @ LIDAR2EGO)
        at_lidar.tofile(root / f'points/{name}.bin')
        rows['points'].append(f'{name} {time:.6f}')
        for camera in CAMERAS:
            when = image_time(camera, time)
            image = _image(boxes, camera, ego_pose(when) @ LIDAR2EGO)
            path = root / f'images/{camera}/img_{index:03d}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
            rows.setdefault(f'images/{camera}',
                            []).append(f'{path.stem}, {when:.6f}')
    # At other times than the clouds, and more often.
    for time in np.arange(99.8, 100.2 * count, .01):
        pose = ego_pose(time)
        quaternion = Rotation.from_matrix(pose[:3, :3]).as_quat()
        words = [time, *pose[:3, 3], *quaternion]
        poses.append(' '.join(f'{word:.9f}' for word in words))
    for folder, lines in rows.items():
        (root / folder / 'timestamps.txt').write_text('# name seconds\n' +
                                                      '\n'.join(lines) + '\n')
    (root / 'poses.txt').write_text('\n'.join(poses) + '\n')
    write_calibration(root, calibration())
    return root


def write_calibration(root: Path, content: dict) -> None:
    (root / 'calibration.yaml').write_text(yaml.safe_dump(content))


def _seen_from(boxes: np.ndarray, lidar2global: np.ndarray) -> np.ndarray:
    """(N, 4) float32 scan of boxes in the world, in the LiDAR's frame.

    The world's ground is where the LiDAR's is.
    """
    turn = Rotation.from_matrix(lidar2global[:3, :3])
    start = lidar2global[:3, 3] * (1, 1, 0)
    scan = make_scan(boxes, start, turn=turn.as_matrix())
    return scan


def _image(boxes: np.ndarray, name: str,
           lidar2global: np.ndarray) -> np.ndarray:
    camera = CAMERAS[name]
    level = lidar2global.copy()
    level[2, 3] = 0
    image = make_image(boxes, camera['lidar2cam'] @ np.linalg.inv(level),
                       np.array(camera['cam2img']), camera['size'],
                       camera['camera_model'], camera['distortion'])
    noise = np.random.default_rng(0).integers(-4, 5, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
