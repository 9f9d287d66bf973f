"""The reference page of requests tells what the declarations say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyrocketmq.model.declaration.header import REGISTRY
from reference import requests_page
from reference.requests_page import AREAS, PAGE, main, page, requests_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m reference.requests_page`"


def test_every_request_is_in_one_area() -> None:
    shown = [request for area in AREAS for request in requests_of(area)]
    assert len(shown) == len(REGISTRY)
    assert set(shown) == set(REGISTRY.values())


def test_links_lead_somewhere() -> None:
    text = page()
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors)


def test_tables_are_whole() -> None:
    for table in re.findall(r"(?m)^(?:\|.*\n)+", page()):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_a_request() -> None:
    _, _, section = page().partition("### QueryConsumerOffset\n")
    section = section.partition("\n### ")[0]
    assert "`QUERY_CONSUMER_OFFSET` · code 14 · client to broker" in section
    assert "| `consumer_group` | `consumerGroup` | string | **required** | " in section
    assert "[common fields](#common-fields) of `TopicRequest`" in section
    assert "**Answer** `OffsetReply`, results SUCCESS (0)." in section


def test_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "reference" / "requests.md"
    monkeypatch.setattr(requests_page, "PAGE", path)
    assert main(["--check"]) == 1
    assert "is stale" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0
    path.write_text(path.read_text(encoding="utf-8").replace("consumer", "costumer"), encoding="utf-8")
    assert main(["--check"]) == 1
