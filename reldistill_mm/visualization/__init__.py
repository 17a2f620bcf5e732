from .birds_eye import (ColourBar, draw_birds_eye, error_colours,
                        figure_pixels, label_colours)
from .compare_runs import draw_runs
from .curves import draw_curves, read_scalars
from .explorer_view import (Exploration, ExplorerFrame, SideFeatures,
                            WordTable, explore_frames)
from .feature_colours import (COLOURS_NOTE, colour_range, common_colours,
                              feature_colours, principal_axes, seen_colours)
from .legends import class_legend, with_strips
from .page import write_page
from .pair_sheet import depth_scale, enlarge, pair_sheet, thin_pairs
from .pairs import camera_grid, paint_pairs
from .point_view import class_view, heat_index, heat_view
from .word_colours import heat_colours, heat_span, word_palette

__all__ = [
    'COLOURS_NOTE', 'ColourBar', 'Exploration', 'ExplorerFrame',
    'SideFeatures', 'WordTable', 'camera_grid', 'class_legend', 'class_view',
    'colour_range', 'common_colours', 'depth_scale', 'draw_birds_eye',
    'draw_runs', 'draw_curves', 'enlarge', 'error_colours', 'explore_frames',
    'feature_colours', 'figure_pixels', 'heat_colours', 'heat_index',
    'heat_span', 'heat_view', 'label_colours', 'paint_pairs', 'pair_sheet',
    'principal_axes', 'read_scalars', 'seen_colours', 'thin_pairs',
    'with_strips', 'word_palette', 'write_page'
]
