"""Checkpoints through downstream protocols: ``tools/run_protocol.py``."""
from .run import run_protocols

__all__ = ['run_protocols']
