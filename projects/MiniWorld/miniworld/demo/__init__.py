"""``make demo``: the whole main job on the embedded MiniWorld."""
from .run import run_demo

__all__ = ['run_demo']
