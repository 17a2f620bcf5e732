from .birds_eye import draw_birds_eye, error_colours, label_colours
from .curves import draw_curves, read_scalars
from .feature_colours import colour_range, feature_colours, principal_axes
from .pairs import camera_grid, draw_pairs

__all__ = [
    'camera_grid', 'colour_range', 'draw_birds_eye', 'draw_curves',
    'draw_pairs', 'error_colours', 'feature_colours', 'label_colours',
    'principal_axes', 'read_scalars'
]
