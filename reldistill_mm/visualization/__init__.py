from .pairs import camera_grid, draw_pairs

__all__ = ['camera_grid', 'draw_pairs']
