"""Benchmark suites: each times a part of ours against a plain reference.

The references are written here, independently of the parts that they are
measured against. Apart from ``step`` and ``infer``, and the one case of
``voxelize`` that runs where mmdet3d is installed, the suites need only torch,
NumPy, OpenCV and open_clip.
"""
