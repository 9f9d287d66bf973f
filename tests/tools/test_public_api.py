"""The public names are as they were written down: who changes them sees it here, and says so to users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.requests import GetRouteinfoByTopic
from reference.public_api import ROOT, SURFACES, Surface

PAGE = ROOT / "docs" / "public-surface.md"


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_nothing_has_changed(surface: Surface) -> None:
    advice = "if that is meant, write a fragment in packages/*/changes; a name that goes or takes less is a `removal`"
    assert surface.text() == surface.path.read_text(encoding="utf-8"), advice


def test_a_declaration_that_was_used_is_written_down_like_a_fresh_one() -> None:
    """At first use it gets methods of its own, and the files are written before any."""
    frame = GetRouteinfoByTopic(topic="orders").to_frame(opaque=1)
    assert GetRouteinfoByTopic.from_command(RemotingCommand.decode(frame)).topic == "orders"
    protocol = SURFACES[0]
    assert protocol.text() == protocol.path.read_text(encoding="utf-8")


def test_every_distribution_is_there() -> None:
    assert sorted(surface.name for surface in SURFACES) == sorted(
        path.parent.name for path in Path(ROOT, "packages").glob("*/pyproject.toml")
    )


def test_the_page_names_nothing_else() -> None:
    """What `docs/public-surface.md` calls public is held to."""
    known = set(re.findall(r"\w+", "".join(surface.text() for surface in SURFACES)))
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    operations = re.findall(r"^\| [a-z][^|`]* \| (`[^|]*`) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    names = {
        name
        for cell in (*cells, *operations)
        for code in re.findall(r"`([^`]*)`", cell)
        for name in re.findall(r"[A-Za-z_]+", re.sub(r"\(.*", "", code.removeprefix("python -m ")))
    }
    assert len(names) > 150
    assert names - known - NOT_NAMES == set()


NOT_NAMES = {"client", "manager", "rmq", "rocketmq", "protocol", "remote", "broker", "testkit", "retry"}
"""Words of the page that stand for an instance, a distribution or a keyword."""
