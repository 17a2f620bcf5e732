from .voxel_student import VoxelStudent

__all__ = ['VoxelStudent']
