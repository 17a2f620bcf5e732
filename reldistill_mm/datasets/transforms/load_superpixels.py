"""Superpixels of the images, from files."""
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput, MissingInput
from ...functional import segments_at
from ...io.segment_map import read_segments, segment_path
from .moved import CAMERAS_MOVED

# Images are stretched a little where both sides are made multiples of 32.
_STRETCH = 0.1


@TRANSFORMS.register_module()
class LoadSuperpixels(BaseTransform):
    """Give each pair its superpixel, from a map of its whole image.

    The files are those of ``tools/make_superpixels.py`` or anybody's: SAM,
    SEEM, OpenSeeD. A map may be of another size than its image. Comes right
    after :class:`PairPointsWithPixels` (or :class:`SampleCameras`); crops and
    flips then take the superpixels along.

    Required Keys: images, img_path, camera_names, img_shapes, pairs

    Modified Keys: pairs (``segment``)

    Args:
        files (str): Pattern of the files' names, see
            :func:`reldistill_mm.io.segment_map.segment_path`; for example
            ``'data/nuscenes/superpixels/{camera}/{stem}.png'``.
        unmasked (int, optional): Value of pixels that are in no segment;
            negative ones are not in any case. Their pairs are left out.
            Defaults to 0; None: all values are segments, as SLidR's own files
            have it.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: No map for an image.
        BadInput: A map that is not one, or of another shape than the image;
            one map for two images; images that were cropped or flipped
            already.
    """
    needs_cameras = segments_pairs = True
    random = False

    def __init__(self,
                 files: str,
                 unmasked: int | None = 0,
                 backend_args: dict | None = None) -> None:
        self.files = files
        self.unmasked = unmasked
        self.backend_args = backend_args
        # Hashes of files and of their images: paths would take megabytes.
        self._owners: dict[int, int] = {}

    def transform(self, results: dict) -> dict:
        moved = results.get(CAMERAS_MOVED)
        if moved is not None or 'pairs' not in results:
            fault = (f'{moved} comes before it'
                     if moved else 'there are no pairs in front of it')
            raise BadInput(
                f'LoadSuperpixels needs pairs on whole images, and {fault}: '
                'put it right after PairPointsWithPixels; crops and flips '
                'then take the superpixels along.')
        cameras = zip(results['camera_names'], results['img_path'],
                      results['img_shapes'])
        maps = [
            self._read(name, dict(results['images'][name], img_path=path),
                       shape) for name, path, shape in cameras
        ]
        segment = segments_at(maps, results['img_shapes'], results['pairs'])
        results['pairs'] = results['pairs']._replace(segment=segment)
        return results

    def _read(self, camera: str, info: dict, shape: tuple[int, int]):
        path = segment_path(self.files, camera, info)
        owner = hash(str(info['img_path']))
        if self._owners.setdefault(hash(path), owner) != owner:
            raise BadInput(
                f"files='{self.files}' gives the image '{info['img_path']}' "
                f"the map '{path}', which another image has, too: name "
                '{camera}, {stem} or {folder} in it.')
        try:
            segments = read_segments(path, self.unmasked, self.backend_args)
        except FileNotFoundError as error:
            raise MissingInput(
                f"The superpixels '{path}' of '{info['img_path']}' do not "
                'exist: `python tools/make_superpixels.py CONFIG` writes '
                'them, or correct files of LoadSuperpixels.') from error
        height, width = segments.shape
        stretch = (width / height) / (shape[1] / shape[0])
        if not 1 - _STRETCH < stretch < 1 + _STRETCH:
            raise BadInput(
                f"'{path}' has {height} x {width} pixels and its image "
                f"'{info['img_path']}' {shape[0]} x {shape[1]}, which is of "
                'another shape: a map must show the whole image.')
        return segments

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(files='{self.files}', "
                f'unmasked={self.unmasked})')
