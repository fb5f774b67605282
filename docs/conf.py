"""The site: ``./dev docs`` builds it into ``build/docs``, and takes a warning for an error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from generate import write_pages  # noqa: E402
from sphinx.util.logging import getLogger  # noqa: E402

import flask_replay  # noqa: E402
from flask_replay import __version__  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "Flask-Replay"
author = "Flask-Replay's developers"
project_copyright = "2026, Flask-Replay's developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton"]
exclude_patterns = ["reference/generated"]  # what is there is included by other pages
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r".*")]
# signatures and docstrings name types of Flask's and Python's, and parts of ours that have no page

html_theme = "furo"
html_title = "Flask-Replay"
html_favicon = "../static/icon.svg"
html_theme_options = {
    "source_repository": "https://github.com/flask-replay/flask-replay/",
    "source_branch": "main",
    "source_directory": "docs/",
}
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"


def check_public_names(app: Sphinx, environment: BuildEnvironment) -> None:
    """Warn of what can be imported from the package and is described nowhere."""
    described = {name for name, *_ in environment.domains["py"].get_objects()}
    for name in flask_replay.__all__:
        if f"flask_replay.{name}" not in described:
            getLogger(__name__).warning("flask_replay.%s is not in the reference", name)


def setup(app: Sphinx) -> None:
    """Have pages that are made of the code written before any is read, and see at last that none is
    missing.
    """
    app.connect("builder-inited", lambda _: write_pages())
    app.connect("env-check-consistency", check_public_names)
