from .birds_eye import draw_birds_eye, error_colours, label_colours
from .curves import draw_curves, read_scalars
from .feature_colours import colour_range, feature_colours, principal_axes
from .pair_sheet import enlarge, pair_sheet, thin_pairs
from .pairs import camera_grid, paint_pairs
from .point_view import class_view, heat_index, heat_view
from .word_colours import heat_colours, heat_span, word_palette

__all__ = [
    'camera_grid', 'class_view', 'colour_range', 'draw_birds_eye',
    'draw_curves', 'enlarge', 'error_colours', 'feature_colours',
    'heat_colours', 'heat_index', 'heat_span', 'heat_view', 'label_colours',
    'pair_sheet', 'paint_pairs', 'principal_axes', 'read_scalars',
    'thin_pairs', 'word_palette'
]
