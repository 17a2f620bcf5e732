"""Load the images of cameras, or their sizes alone."""
import os.path as osp
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput, MissingInput
from ...io.camera_image import CameraImage
from ...io.image_size import read_image_size
from ...io.remote import read_bytes
from .calibration import Size, stated_size
from .camera_paths import require_own_images

# Teacher caches know LoadCameraImages by its full name, this module included.


@TRANSFORMS.register_module()
class LoadCameraImages(BaseTransform):
    """Load every camera's image as RGB.

    Required Keys:

    - images (dict): camera name to dict with ``img_path``.

    Added Keys:

    - camera_imgs (list[:obj:`CameraImage`]): V images (only with
      ``decode``), whose sizes may differ. ``np.asarray`` gives all pixels,
      (H, W, 3) uint8 RGB; :class:`ResizedCropCameras` decodes no
      finer than its crop needs, and cameras that :class:`SampleCameras`
      leaves out are never decoded. Not ``img``, which mmdet3d's
      ``RandomFlip3D`` would flip without the pairs, even with
      ``sync_2d=False``; :class:`PackPairs` packs it as ``img``.
    - img_shapes (list[tuple[int, int]]): V sizes (height, width).
    - img_path, camera_names (list[str])

    Args:
        decode (bool): Whether to read images. False takes only their sizes,
            all that pairing needs at test time: from the info where it has
            ``height`` and ``width``, else from the files' headers. Defaults
            to True.
        calibrated_size (tuple[int, int], optional): (height, width) that
            ``cam2img`` is for, where the info does not say it. Defaults to
            None: intrinsics are for the images as they are.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: A missing image.
        BadInput: An unreadable one, one that EXIF says to turn, one of
            another camera by its path, or no camera at all (only with
            ``decode``; else no point is seen). A truncated one is found
            where it is decoded.
    """
    needs_cameras = True

    def __init__(self,
                 decode: bool = True,
                 calibrated_size: Size | None = None,
                 backend_args: dict | None = None) -> None:
        self.decode = decode
        self._told_blind = False
        self.calibrated_size = calibrated_size and tuple(calibrated_size)
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        if not results.get('images'):
            self._tell_blind(results)
        paths = [
            self._path_of(name, camera)
            for name, camera in results['images'].items()
        ]
        require_own_images(dict(zip(results['images'], paths)))
        results['img_path'] = paths
        results['camera_names'] = list(results['images'])
        if self.calibrated_size is not None:
            _state_sizes(results, *self.calibrated_size)
        if self.decode:
            images = [self._read(path) for path in paths]
            results['camera_imgs'] = images
            results['img_shapes'] = [image.shape[:2] for image in images]
        else:
            results['img_shapes'] = [
                stated_size(camera) or self._read_size(path)
                for path, camera in zip(paths, results['images'].values())
            ]
        return results

    def _tell_blind(self, results: dict) -> None:
        """Refuse a keyframe without cameras, or say that none sees it."""
        what = (f"'{results['lidar_points']['lidar_path']}' has no camera in "
                'its info')
        if self.decode:
            raise BadInput(f'{what}; set modality.use_camera and use infos '
                           'with images.')
        results['images'] = {}
        if not self._told_blind:
            self._told_blind = True
            warnings.warn(f'{what}: none of its points counts as visible.')

    @staticmethod
    def _path_of(name: str, camera: dict) -> str:
        if not isinstance(camera, Mapping):
            raise BadInput(f"images['{name}'] of the info is not a camera "
                           f'({type(camera).__name__}, not a dict): leave it '
                           'out of images.')
        path = camera.get('img_path')
        if not path:
            raise BadInput(f"Camera '{name}' has no img_path in its info: "
                           'name its image, or leave the camera out.')
        return path

    def _read(self, path: str) -> CameraImage:
        with _explain_missing(path):
            return CameraImage(read_bytes(path, self.backend_args), path)

    def _read_size(self, path: str) -> Size:
        with _explain_missing(path):
            return read_image_size(path, self.backend_args)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(decode={self.decode}, '
                f'calibrated_size={self.calibrated_size})')


def _state_sizes(results: dict, height: int, width: int) -> None:
    """Say for which size intrinsics are where the info does not."""
    results['images'] = {
        name: dict(dict(height=height, width=width), **camera)
        for name, camera in results['images'].items()
    }


@contextmanager
def _explain_missing(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingInput(
            f"The image '{path}' does not exist; check data_root and "
            f"data_prefix['{osp.basename(osp.dirname(path))}'].") from error
