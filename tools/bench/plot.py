"""Pictures of what was measured: rates and latencies of all sides of a case, side by side.

Each case has a scale of its own, because a batch moves thirty times what a single send does, and because only the
ratios within a case mean something: its sides took turns on the same machine. The SVG has colours for light and dark
pages.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from bench.cases import BARE, JAVA, OURS
from bench.results import FOLDER, Result

_WIDTH: Final = 760
_LEFT: Final = 110
_RIGHT: Final = 150
_BAR: Final = 16
_ROW: Final = 20
_TITLE: Final = 24
_GAP: Final = 14
_HEAD: Final = 52
_EDGE: Final = 16
_STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.head { font-size: 15px; font-weight: 600 }
.case { font-weight: 600 }
.small { font-size: 12px; fill: #57606a }
.spread { stroke: #24292f; stroke-width: 1.5 }
.page { fill: #ffffff }
.bare { fill: #afb8c1 }
.java { fill: #d4762c }
.ours { fill: #2f6fd0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9da7b3 }
  .spread { stroke: #e6edf3 }
  .page { fill: #0d1117 }
  .bare { fill: #6e7781 }
  .java { fill: #e8924a }
  .ours { fill: #58a6ff }
}
"""
_CLASS: Final = {BARE: "bare", JAVA: "java", OURS: "ours"}


@dataclass(frozen=True)
class Bar:
    """One side of a case.

    Attributes:
        side: Its name.
        low: First quartile of its blocks.
        median: Their median.
        high: Third quartile.
    """

    side: str
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Picture:
    """One picture, of all cases that were measured in its figure.

    Attributes:
        name: Its file's name without the ending.
        figure: The cases' figure.
        head: What it shows.
        unit: Writes a value.
    """

    name: str
    figure: str
    head: str
    unit: Callable[[float], str]

    @property
    def path(self) -> Path:
        """Its file."""
        return FOLDER / f"{self.name}.svg"

    def svg(self, results: Iterable[Result]) -> str:
        """Draw it.

        Args:
            results: What was measured; cases with another figure are left out.
        """
        cases = [result for result in results if result.get("figure") == self.figure]
        body: list[str] = []
        top = _HEAD
        for result in cases:
            bars = _bars(result)
            body.extend(_case(result["title"], bars, top, self.unit))
            top += _TITLE + len(bars) * _ROW + _GAP
        if not cases:
            body.append(_text(0, top + 16, "Not measured yet.", "case"))
            top += 30
        width, height = _WIDTH + 2 * _EDGE, top + 2 * _EDGE - _GAP
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_EDGE} {-_EDGE} {width} {height}" role="img">',
            f"<title>{self.head}</title>",
            f"<style>{_STYLE}</style>",
            # A ground of its own, for pages whose colours are not those that the reader's system asks for.
            f'<rect class="page" x="{-_EDGE}" y="{-_EDGE}" width="{width}" height="{height}" rx="8"/>',
            _text(0, 18, self.head, "head"),
            _text(
                0, 38, "Medians of blocks that took turns; the line spans the quartiles. Each case has its own scale."
            ),
            *body,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def _per_second(value: float) -> str:
    return f"{value:,.0f}/s"


def _microseconds(value: float) -> str:
    return f"{value * 1e6:,.0f} µs"


PICTURES: Final = (
    Picture("throughput", "rate", "Messages a second: more is better", _per_second),
    Picture("latency", "p50", "Median time of a call: less is better", _microseconds),
)


def draw(results: Sequence[Result]) -> None:
    """Write every picture to its file."""
    for picture in PICTURES:
        picture.path.write_text(picture.svg(results), encoding="utf-8")


def _bars(result: Result) -> list[Bar]:
    bars: list[Bar] = []
    for side in sorted(result["sides"], key=_place):
        measured = result["sides"][side]
        moved = result["calls_per_block"] * result["messages_per_call"]
        values = measured["p50"] if result["figure"] == "p50" else [moved / seconds for seconds in measured["seconds"]]
        low, median, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
        bars.append(Bar(side, low, median, high))
    return bars


def _place(side: str) -> int:
    """Return where a side stands: ours first, what it is measured by behind it."""
    return [OURS, JAVA, BARE].index(side) if side in _CLASS else len(_CLASS)


def _case(title: str, bars: Sequence[Bar], top: int, unit: Callable[[float], str]) -> Iterator[str]:
    yield _text(0, top + 14, title.replace("`", "").partition(", p50")[0].removesuffix(", rate"), "case")
    scale = (_WIDTH - _LEFT - _RIGHT) / max(bar.high for bar in bars)
    for number, bar in enumerate(bars):
        y = top + _TITLE + number * _ROW
        middle = y + _BAR / 2
        label = f"{unit(bar.median)}"
        yield _text(_LEFT - 8, y + 13, bar.side, "small", anchor="end")
        yield (
            f'<rect class="{_CLASS.get(bar.side, "bare")}" x="{_LEFT}" y="{y}" width="{bar.median * scale:.1f}"'
            f' height="{_BAR}" rx="2"/>'
        )
        yield (
            f'<line class="spread" x1="{_LEFT + bar.low * scale:.1f}" x2="{_LEFT + bar.high * scale:.1f}"'
            f' y1="{middle}" y2="{middle}"/>'
        )
        yield _text(_LEFT + bar.high * scale + 8, y + 13, label, "small")


def _text(x: float, y: float, text: str, kind: str = "small", *, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
