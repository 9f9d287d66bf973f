"""Reference pages from docstrings, and links to them from wherever their names stand.

`tools/reference/api_page.py` writes what a page asks for; here it goes into the page, and names find their targets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.nodes import make_refnode

from pyrocketmq.model import bodies, requests
from reference.api_page import API, expanded

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_IDENTIFIER = re.compile(r"(?:\w+\.)*[A-Za-z]\w*")


def _expand(app: Sphinx, docname: str, source: list[str]) -> None:
    if API.search(source[0]):
        source[0] = expanded(source[0])


def _targets(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return the full names of everything documented, by each of their endings."""
    return _by_ending(tuple(env.domains.python_domain.objects))


@lru_cache(maxsize=1)
def _by_ending(names: tuple[str, ...]) -> dict[str, list[str]]:
    targets: dict[str, list[str]] = {}
    for name in names:
        parts = name.split(".")
        for first in range(len(parts)):
            targets.setdefault(".".join(parts[first:]), []).append(name)
    return targets


def _link(env: BuildEnvironment, app: Sphinx, docname: str, name: str, shown: Element) -> nodes.reference:
    target = env.domains.python_domain.objects[name]
    return make_refnode(app.builder, docname, target.docname, target.node_id, [shown], name)


def _resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: Element) -> Element | None:
    """Find what a signature or a field names by its last part; bodies of requests are on the page of requests."""
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"]
    found = _targets(env).get(name, [])
    if found:
        return _link(env, app, node["refdoc"], found[0], shown)
    short = name.rpartition(".")[2]
    if short in bodies.__all__ or hasattr(requests, short):  # replies stand with their requests
        anchor = short.lower().removesuffix("reply")
        return make_refnode(app.builder, node["refdoc"], "reference/requests", anchor, [shown], short)
    return shown  # Python's own, or internal


def _link_literals(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make each name in backticks a link, where one thing has that name, or one on the page."""
    env = app.env
    targets = _targets(env)
    objects = env.domains.python_domain.objects
    for literal in list(doctree.findall(nodes.literal)):
        text = literal.astext()
        name = text.partition("(")[0]
        if isinstance(literal.parent, nodes.reference) or not _IDENTIFIER.fullmatch(name):
            continue
        found = targets.get(name, [])
        if len(found) > 1:  # an attribute's name is often a parameter's, too
            found = [f for f in found if objects[f].docname == docname and objects[f].objtype != "attribute"]
        if len(found) == 1 and found[0] not in _described_around(literal):
            literal.replace_self(_link(env, app, docname, found[0], literal.deepcopy()))


def _described_around(node: nodes.Node) -> set[str]:
    """Return what the descriptions around a node are of: a page need not link to where one is already."""
    names: set[str] = set()
    while node.parent is not None:
        node = node.parent
        if node.tagname == "desc":
            names |= {name for child in node.children if child.tagname == "desc_signature" for name in child["ids"]}
    return names


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("source-read", _expand)
    app.connect("missing-reference", _resolve)
    app.connect("doctree-resolved", _link_literals)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
