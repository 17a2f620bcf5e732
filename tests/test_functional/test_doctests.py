"""The examples in the functional core's docstrings are run."""
import doctest
import importlib
import pkgutil

import pytest
import torch

from reldistill_mm import functional

MODULES = [module.name for module in pkgutil.iter_modules(functional.__path__)]


@pytest.mark.parametrize('name', MODULES)
def test_examples_print_what_they_say(name):
    torch.manual_seed(0)
    module = importlib.import_module(f'{functional.__name__}.{name}')
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize('name', functional.__all__)
def test_every_public_function_has_an_example(name):
    exported = getattr(functional, name)
    assert isinstance(exported, type) or '>>> ' in exported.__doc__
