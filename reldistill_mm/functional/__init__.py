"""The functional core: formulas on arrays and tensors, nothing registered.

Needs torch and NumPy alone; imports neither mmengine nor mmdet3d.
"""
from .bilinear import sample_bilinear
from .cells import cell_consistency_loss, cells_of
from .clusters import cluster_centres, nearest_centres
from .confusion import confusion_matrix, iou_per_class, summarise
from .contrastive import contrastive_loss
from .dense_clip import dense_features, pooled_features
from .ensemble import best_of_two, best_pairs
from .even_draw import even_draw
from .fingerprint import fingerprint
from .flat_clouds import pad_flat_grids
from .gather import gather_places, gather_rows
from .geometry import (PointPixelPairs, crop_pixels, flip_pixels,
                       pair_points_with_pixels, project_points)
from .label_table import label_table
from .lens import Lens, lens_of
from .matched_rows import connected_zero, unit_rows
from .occlusion import occluded
from .relational import (relational_cross_loss, relational_intra_loss,
                         relational_losses)
from .similarity import similarity_loss
from .structure import (balanced_rows, linear_cka, modality_gap,
                        structure_measures, tolerance, uniformity)
from .superpixels import pool_rows, segments_at
from .text_guided import text_guided_loss
from .tolerant import tolerant_contrastive_loss
from .voxelize import Voxels, voxelize, voxelize_sweeps
from .windows import over_windows
from .zero_shot import class_scores

__all__ = [
    'balanced_rows', 'best_of_two', 'best_pairs', 'cell_consistency_loss',
    'cells_of', 'class_scores', 'cluster_centres', 'confusion_matrix',
    'connected_zero', 'contrastive_loss', 'crop_pixels', 'dense_features',
    'even_draw', 'fingerprint', 'flip_pixels', 'gather_places', 'gather_rows',
    'iou_per_class', 'label_table', 'Lens', 'lens_of', 'linear_cka',
    'modality_gap', 'nearest_centres', 'occluded', 'over_windows',
    'pad_flat_grids', 'pair_points_with_pixels', 'PointPixelPairs',
    'pool_rows', 'pooled_features', 'project_points', 'relational_cross_loss',
    'relational_intra_loss', 'relational_losses', 'sample_bilinear',
    'segments_at', 'similarity_loss', 'structure_measures', 'summarise',
    'text_guided_loss', 'tolerance', 'tolerant_contrastive_loss', 'uniformity',
    'unit_rows', 'voxelize', 'voxelize_sweeps', 'Voxels'
]
