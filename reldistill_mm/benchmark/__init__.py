"""Benchmark suites: each times a part of ours against a plain reference.

The references are written here, independently of the parts that they are
measured against. Suites import torch and the functional core alone.
"""
