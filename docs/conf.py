"""How Sphinx makes the site; `uv run --group docs sphinx-build -W -n docs build/site` does, warnings as errors."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent / "tools"), str(_HERE / "_extensions")]

project = "pyrocketmq"
author = "The pyrocketmq authors"
project_copyright = "The pyrocketmq authors, Apache License 2.0"

extensions = ["myst_parser", "api_reference"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_*"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "fieldlist"]
myst_heading_anchors = 4
myst_heading_slug_func = "headings.slug"

add_module_names = False
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "pyrocketmq"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options: dict[str, object] = {"top_of_page_buttons": []}
