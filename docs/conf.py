"""Settings of the site: python -m sphinx -W --keep-going -q docs OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the extensions, and make_pictures.py

from pixture import __version__  # noqa: E402 - below the path, as what follows

project = "pixture"
author = "The pixture developers"
project_copyright = f"2026, {author}"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "myst_nb",
    "extensions.docstrings",
    "extensions.mathml",
    "extensions.command_line",
    "extensions.root_files",
    "extensions.notebook",
    "extensions.pictures",
]
exclude_patterns = ["_made/.*", "**/.ipynb_checkpoints"]

# Markdown as a forge reads it: the same anchors of headings, the same equations
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"

# the notebook is run where it comes without results
nb_execution_mode = "auto"
nb_execution_in_temp = True  # what it writes is not wanted here
nb_execution_raise_on_error = True
nb_execution_timeout = 300

default_role = "name"  # `text` in a docstring: see extensions/docstrings.py
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# fmt: off
_ALIASES = [
    "Array", "Floats", "Integers", "Mask", "Reals", "Lookup",
    "Source", "OnStep", "CovarianceName", "InitName", "CriterionName",
]
# fmt: on
autodoc_type_aliases = {name: name for name in _ALIASES}
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_ivar = True  # attributes are listed with their class, and those with a page of their own once
napoleon_use_rtype = False
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"pixture {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
