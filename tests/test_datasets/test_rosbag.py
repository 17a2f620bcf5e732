"""A bag gives the same pairs as the folder that it was made of."""
import dataclasses
import io

import numpy as np
import pytest
import tiny_recording as tiny
import yaml
from PIL import Image
from scipy.spatial.transform import Rotation

from reldistill_mm.apis.browse_pairs import paired_results
from reldistill_mm.apis.prepare_recording import paired_dataset
from reldistill_mm.datasets.recordings import convert_folder
from reldistill_mm.errors import BadInput, InputExists, MissingInput

pytest.importorskip('rosbags', reason='bags need the package rosbags')
from rosbags.rosbag1 import Writer as OldWriter  # noqa: E402
from rosbags.rosbag2 import Writer  # noqa: E402
from rosbags.typesys import get_types_from_msg  # noqa: E402
from rosbags.typesys import Stores, get_typestore

from reldistill_mm.datasets.recordings.ros import unpack_bag  # noqa: E402
from reldistill_mm.datasets.recordings.ros.messages import (  # noqa: E402
    cloud_of, image_of)

STORE = get_typestore(Stores.ROS2_HUMBLE)
OLD_STORE = get_typestore(Stores.ROS1_NOETIC)
# rosbags knows the rest.
OLD_STORE.register(
    get_types_from_msg('geometry_msgs/TransformStamped[] transforms',
                       'tf2_msgs/msg/TFMessage'))
TOPICS = dict(front='/front/image_raw', side='/side/image_raw/compressed')
MODELS = dict(brown_conrady='plumb_bob', kannala_brandt='equidistant')


def make(kind, /, **fields):
    return STORE.types[kind](**fields)


def header(time, frame):
    stamp = make(
        'builtin_interfaces/msg/Time',
        sec=int(time),
        nanosec=round((time - int(time)) * 1e9))
    return make('std_msgs/msg/Header', stamp=stamp, frame_id=frame)


def vector(values, kind='Vector3'):
    x, y, z = map(float, values)
    return make(f'geometry_msgs/msg/{kind}', x=x, y=y, z=z)


def quaternion(matrix):
    x, y, z, w = Rotation.from_matrix(matrix[:3, :3]).as_quat()
    return make('geometry_msgs/msg/Quaternion', x=x, y=y, z=z, w=w)


def cloud(points, time=100., padding=7, big=False, extra=True):
    """Other fields first, gaps between them, and rows with a tail."""
    order = '>' if big else '<'
    fields = [('ring', 'u2', 4, 2), ('z', 'f4', 7, 8), ('x', 'f4', 7, 13),
              ('intensity', 'f4', 7, 20), ('y', 'f4', 7, 27)]
    step, height = 35, 2 if len(points) % 2 == 0 else 1
    width = len(points) // height
    table = np.zeros(
        len(points),
        dict(
            names=[f[0] for f in fields],
            formats=[order + f[1] for f in fields],
            offsets=[f[3] for f in fields],
            itemsize=step))
    for column, name in enumerate(('x', 'y', 'z', 'intensity')):
        table[name] = points[:, column]
    rows = table.reshape(height, width)
    data = b''.join(row.tobytes() + bytes(padding) for row in rows)
    described = [
        make(
            'sensor_msgs/msg/PointField',
            name=name,
            datatype=kind,
            offset=offset,
            count=1) for name, _, kind, offset in fields
        if extra or name != 'intensity'
    ]
    return make(
        'sensor_msgs/msg/PointCloud2',
        header=header(time, 'lidar'),
        height=height,
        width=width,
        fields=described,
        is_bigendian=big,
        point_step=step,
        row_step=width * step + padding,
        data=np.frombuffer(data, np.uint8),
        is_dense=False)


def raw_image(image, time, frame, encoding='bgr8', padding=5):
    pixels = image[..., ::-1] if encoding == 'bgr8' else image
    rows = np.pad(pixels.reshape(len(image), -1), ((0, 0), (0, padding)))
    return make(
        'sensor_msgs/msg/Image',
        header=header(time, frame),
        height=image.shape[0],
        width=image.shape[1],
        encoding=encoding,
        is_bigendian=0,
        step=rows.shape[1],
        data=np.ascontiguousarray(rows).ravel())


def compressed(image, time, frame):
    out = io.BytesIO()
    Image.fromarray(image).save(out, 'PNG')
    return make(
        'sensor_msgs/msg/CompressedImage',
        header=header(time, frame),
        format='png',
        data=np.frombuffer(out.getvalue(), np.uint8))


def camera_info(camera, time, frame):
    height, width = camera['size']
    matrix = np.array(camera['cam2img'])
    return make(
        'sensor_msgs/msg/CameraInfo',
        header=header(time, frame),
        height=height,
        width=width,
        distortion_model=MODELS[camera['camera_model']],
        d=np.array(camera['distortion']),
        k=matrix.ravel(),
        r=np.eye(3).ravel(),
        p=np.hstack([matrix, np.zeros((3, 1))]).ravel(),
        binning_x=0,
        binning_y=0,
        roi=make(
            'sensor_msgs/msg/RegionOfInterest',
            x_offset=0,
            y_offset=0,
            height=0,
            width=0,
            do_rectify=False))


def transforms():
    """base_link holds the LiDAR, and the LiDAR a mast with the cameras."""
    mast = np.eye(4)
    mast[:3, 3] = .5, .2, -.4
    pairs = [('base_link', 'lidar', tiny.LIDAR2EGO), ('lidar', 'mast', mast)]
    for name, camera in tiny.CAMERAS.items():
        cam2lidar = np.linalg.inv(camera['lidar2cam'])
        pairs.append(
            ('mast', f'{name}_optical', np.linalg.inv(mast) @ cam2lidar))
    return make(
        'tf2_msgs/msg/TFMessage',
        transforms=[
            make(
                'geometry_msgs/msg/TransformStamped',
                header=header(0., parent),
                child_frame_id=child,
                transform=make(
                    'geometry_msgs/msg/Transform',
                    translation=vector(pose[:3, 3]),
                    rotation=quaternion(pose)))
            for parent, child, pose in pairs
        ])


def odometry(time):
    pose = tiny.ego_pose(time)
    still = vector((0, 0, 0))
    return make(
        'nav_msgs/msg/Odometry',
        header=header(time, 'odom'),
        child_frame_id='base_link',
        pose=make(
            'geometry_msgs/msg/PoseWithCovariance',
            pose=make(
                'geometry_msgs/msg/Pose',
                position=vector(pose[:3, 3], 'Point'),
                orientation=quaternion(pose)),
            covariance=np.zeros(36)),
        twist=make(
            'geometry_msgs/msg/TwistWithCovariance',
            twist=make('geometry_msgs/msg/Twist', linear=still, angular=still),
            covariance=np.zeros(36)))


def as_ros1(message):
    """The same in ROS 1: numbered headers, CameraInfo in capitals."""
    if isinstance(message, list):
        return [as_ros1(each) for each in message]
    if not dataclasses.is_dataclass(message):
        return message
    kind = OLD_STORE.types[message.__msgtype__]
    # Constants of a definition have defaults.
    names = [
        field.name for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
    ]
    values = {
        name: as_ros1(getattr(message, name.lower()))
        for name in names if name != 'seq'
    }
    return kind(**values, **(dict(seq=7) if 'seq' in names else {}))


def messages_of(folder, calibrated=True):
    """(topic, seconds, message) in the order of a recording."""
    messages = []
    for index, time in enumerate(tiny.cloud_times(3)):
        points = np.fromfile(folder / f'points/{index:06d}.bin', '<f4')
        messages.append(('/points', time, cloud(points.reshape(-1, 4), time)))
        for name, camera in tiny.CAMERAS.items():
            when = tiny.image_time(name, time)
            file = folder / f'images/{name}/img_{index:03d}.png'
            image = np.asarray(Image.open(file))
            kind = raw_image if name == 'front' else compressed
            messages.append(
                (TOPICS[name], when, kind(image, when, f'{name}_optical')))
            if calibrated:
                messages.append((f'/{name}/camera_info', when,
                                 camera_info(camera, when, f'{name}_optical')))
    messages += [('/odom', time, odometry(time))
                 for time in np.arange(99.8, 100.6, .01)]
    if calibrated:
        messages.append(('/tf_static', 99., transforms()))
    return sorted(messages, key=lambda m: m[1])


def write_bag(folder, path, calibrated=True):
    old = path.suffix == '.bag'
    store = OLD_STORE if old else STORE
    with OldWriter(path) if old else Writer(path, version=9) as writer:
        topics = {}
        for topic, time, message in messages_of(folder, calibrated):
            kind = message.__msgtype__
            if topic not in topics:
                topics[topic] = writer.add_connection(
                    topic, kind, typestore=store)
            raw = (
                store.serialize_ros1(as_ros1(message), kind)
                if old else store.serialize_cdr(message, kind))
            writer.write(topics[topic], round(time * 1e9), raw)
    return path


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tiny.write_recording(tmp_path_factory.mktemp('bags') / 'own')


@pytest.fixture(scope='module')
def bag(folder):
    return write_bag(folder, folder.with_name('bag'))


def pairs_of(root):
    convert_folder(root, root / 'infos.pkl')
    dataset = paired_dataset(root / 'infos.pkl', root)
    for index in range(len(dataset)):
        results = paired_results(dataset, index)
        pairs = results['pairs']
        # Points may come in another order.
        points = results['points'].tensor.numpy()[pairs.point, :4]
        yield np.column_stack([pairs.camera, pairs.uv, pairs.depth, points])


def same_pairs(first, second):
    for one, other in zip(pairs_of(first), pairs_of(second), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-3)


def test_a_bag_gives_the_pairs_of_its_folder(folder, bag, tmp_path):
    lines = unpack_bag(bag, tmp_path / 'out', '/points', TOPICS, None, '/odom')
    assert '3 of /points' in lines[0]
    same_pairs(folder, tmp_path / 'out')
    same = Image.open(folder / 'images/front/img_000.png')
    path = sorted((tmp_path / 'out/images/front').iterdir())[0]
    np.testing.assert_array_equal(np.asarray(Image.open(path)), same)


def test_a_bag_of_ros_1_gives_them_too(folder, bag, tmp_path):
    old = write_bag(folder, tmp_path / 'old.bag')
    for each, out in ((bag, 'new'), (old, 'old')):
        unpack_bag(each, tmp_path / out, '/points', TOPICS, None, '/odom')
    for one, other in zip(
            pairs_of(tmp_path / 'new'), pairs_of(tmp_path / 'old'),
            strict=True):
        np.testing.assert_array_equal(one, other)
    same_pairs(folder, tmp_path / 'old')


def test_a_calibration_for_what_the_bag_does_not_say(folder, tmp_path):
    bag = write_bag(folder, tmp_path / 'bare', calibrated=False)
    with pytest.raises(BadInput, match='cam2img and lidar2cam of camera'):
        unpack_bag(bag, tmp_path / 'no', '/points', TOPICS)
    unpack_bag(bag, tmp_path / 'out', '/points', TOPICS, None, '/odom',
               folder / 'calibration.yaml')
    same_pairs(folder, tmp_path / 'out')


def test_every_second_cloud(bag, tmp_path):
    unpack_bag(bag, tmp_path / 'out', '/points', TOPICS, every=2)
    assert len(list((tmp_path / 'out/points').iterdir())) == 2
    assert not (tmp_path / 'out/poses.txt').exists()
    with pytest.raises(InputExists, match='is not empty'):
        unpack_bag(bag, tmp_path / 'out', '/points', TOPICS)


@pytest.mark.parametrize('arguments, part', [
    (('/point', TOPICS), "has no topic '/point'; did you mean '/points'"),
    (('/points', dict(front='/front/image')), 'did you mean'),
    (('/points', TOPICS, dict(rear='/x')), "names the camera 'rear'"),
])
def test_what_is_not_in_the_bag(bag, tmp_path, arguments, part):
    with pytest.raises((BadInput, MissingInput)) as caught:
        unpack_bag(bag, tmp_path / 'out', *arguments)
    assert part in str(caught.value) and '\n' not in str(caught.value)


def test_what_is_no_bag(tmp_path):
    with pytest.raises(MissingInput, match='does not exist'):
        unpack_bag(tmp_path / 'none', tmp_path / 'out', '/points', TOPICS)
    (tmp_path / 'bag').mkdir()
    with pytest.raises(BadInput, match='is not a bag that can be read'):
        unpack_bag(tmp_path / 'bag', tmp_path / 'out', '/points', TOPICS)


@pytest.mark.parametrize('big', (False, True))
@pytest.mark.parametrize('count', (10, 11))
def test_any_order_and_padding(big, count):
    points = np.random.default_rng(0).normal(size=(count,
                                                   4)).astype(np.float32)
    points[3, 1] = np.nan
    found = cloud_of(cloud(points, big=big))
    whole = np.delete(points, 3, 0)
    for column, name in enumerate(('x', 'y', 'z', 'intensity')):
        np.testing.assert_array_equal(found[name], whole[:, column])


def test_clouds_without_intensity():
    points = np.ones((4, 4), np.float32)
    with pytest.raises(BadInput, match='no intensity among its fields'):
        cloud_of(cloud(points, extra=False))
    assert (cloud_of(cloud(points, extra=False), 20)['intensity'] == 20).all()


@pytest.mark.parametrize('encoding', ('rgb8', 'bgr8'))
def test_colours_and_padding_of_raw_images(encoding):
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    content, ending = image_of(raw_image(image, 1., 'a', encoding))
    assert ending == '.png'
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(content))), image)
    with pytest.raises(BadInput, match="encoding 'yuv422'"):
        image_of(raw_image(image, 1., 'a', 'yuv422'))


def test_the_yaml_is_whole(bag, tmp_path):
    unpack_bag(bag, tmp_path / 'out', '/points', TOPICS, None, '/odom')
    content = yaml.safe_load((tmp_path / 'out/calibration.yaml').read_text())
    for name, camera in tiny.CAMERAS.items():
        found = content['cameras'][name]
        assert found['camera_model'] == camera['camera_model']
        np.testing.assert_allclose(
            found['lidar2cam'], camera['lidar2cam'], atol=1e-12)
    np.testing.assert_allclose(
        content['lidar2ego'], tiny.LIDAR2EGO, atol=1e-12)
