"""The pictures of what was measured."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from bench import results
from bench.__main__ import _ALL
from bench.plot import PICTURES, Picture
from bench.results import Result

THROUGHPUT, LATENCY = PICTURES
SVG = "{http://www.w3.org/2000/svg}"


def result(figure: str, *sides: str) -> Result:
    return {
        "title": "`pull` & read, " + figure,
        "figure": figure,
        "calls_per_block": 100,
        "messages_per_call": 32,
        "sides": {
            side: {"seconds": [1.0 * number, 2.0 * number, 3.0 * number], "p50": [0.001 * number] * 3}
            for number, side in enumerate(sides, start=1)
        },
    }


def texts(picture: Picture, *measured: Result) -> list[str]:
    root = ET.fromstring(picture.svg(measured))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_all_sides_stand_side_by_side() -> None:
    shown = texts(THROUGHPUT, result("rate", "bare socket", "pyrocketmq", "Java"), result("p50", "pyrocketmq"))
    assert shown[2:] == ["pull & read", "pyrocketmq", "800/s", "Java", "533/s", "bare socket", "1,600/s"]


def test_a_side_that_is_missing() -> None:
    shown = texts(LATENCY, result("p50", "bare socket", "pyrocketmq"))
    assert shown[2:] == ["pull & read", "pyrocketmq", "2,000 µs", "bare socket", "1,000 µs"]


def test_nothing_was_measured() -> None:
    assert "Not measured yet." in texts(LATENCY)


def test_bars_fit_into_the_picture() -> None:
    root = ET.fromstring(THROUGHPUT.svg([result("rate", "pyrocketmq", "Java", "bare socket")]))
    width = float(root.attrib["viewBox"].split()[2])
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.attrib["class"] != "page"]
    assert len(bars) == 3
    for bar in bars:
        assert 0 < float(bar.attrib["width"]) < width - float(bar.attrib["x"])


def test_light_and_dark() -> None:
    svg = THROUGHPUT.svg([])
    light, dark = svg.split("@media (prefers-color-scheme: dark)")
    for kind in ("text", ".page", ".ours", ".java", ".bare"):
        assert kind in light
        assert kind in dark


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_the_pictures_show_what_is_saved(picture: Picture) -> None:
    saved = [one for name in _ALL if (one := results.load(name)) is not None]
    assert picture.path.read_text(encoding="utf-8") == picture.svg(saved), (
        f"{picture.path.name} is stale: run `PYTHONPATH=tools uv run python -m bench plot`"
    )
