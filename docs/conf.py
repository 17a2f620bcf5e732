"""Settings of the documentation: `make docs` builds it."""
from reldistill_mm import __version__

project = 'reldistill_mm'
author = 'The reldistill_mm authors'
copyright = 'The reldistill_mm authors, Apache 2.0'
release = version = __version__

extensions = [
    'myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon',
    'sphinx.ext.viewcode'
]
exclude_patterns = ['_build']

# Headings are link targets, as they are on GitHub.
myst_heading_anchors = 3
myst_enable_extensions = ['colon_fence', 'dollarmath']

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'
autodoc_default_options = {
    'members': True,
    'undoc-members': False,
    'show-inheritance': True
}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = 'furo'
html_title = 'reldistill_mm'
