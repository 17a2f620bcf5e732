"""Version of the plugin; read textually by ``setup.py``."""

__version__ = '0.1.0'
