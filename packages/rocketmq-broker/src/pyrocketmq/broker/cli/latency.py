"""Latencies of many calls in little memory, and how they are drawn: as text and as SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_PER_DOUBLING: Final = 16
# Buckets for each doubling of the time: a percentile is right to within 4.5 percent.
_LEAST: Final = 1e-6
_BAR: Final = 40
_BESIDE_BAR: Final = 35
# Columns that a line of a plot takes besides its bar.
_ROWS: Final = 14


class Latencies:
    """A histogram of latencies in seconds."""

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count a call."""
        bucket = math.floor(math.log2(max(seconds, _LEAST) / _LEAST) * _PER_DOUBLING)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self.longest = max(self.longest, seconds)

    def merge(self, others: Sequence[Latencies]) -> Latencies:
        """Return these and others as one."""
        merged = Latencies()
        for each in (self, *others):
            for bucket, count in each._buckets.items():
                merged._buckets[bucket] = merged._buckets.get(bucket, 0) + count
                merged.count += count
            merged.longest = max(merged.longest, each.longest)
        return merged

    def percentile(self, part: float) -> float:
        """Return the seconds that this part of the calls took at most.

        Args:
            part: 0 to 1.
        """
        wanted = math.ceil(part * self.count)
        seen = 0
        for bucket, count in sorted(self._buckets.items()):
            seen += count
            if seen >= wanted:
                return min(_upper_end(bucket), self.longest)
        return 0.0

    def rows(self) -> list[tuple[float, float, int]]:
        """Return the histogram in few rows: from and to in seconds, and how many calls."""
        if not self._buckets:
            return []
        first, last = min(self._buckets), max(self._buckets)
        step = math.ceil((last - first + 1) / _ROWS)
        return [
            (
                _upper_end(start - 1),
                _upper_end(start + step - 1),
                sum(self._buckets.get(bucket, 0) for bucket in range(start, start + step)),
            )
            for start in range(first, last + 1, step)
        ]


def _upper_end(bucket: int) -> float:
    return _LEAST * math.pow(2.0, (bucket + 1) / _PER_DOUBLING)


def text_plot(latencies: Latencies, width: int | None = None) -> list[str]:
    """Draw a histogram as lines of text: from and to in milliseconds, a bar, and how many calls.

    Args:
        latencies: What to draw.
        width: Columns of the terminal; `None` where there is none.
    """
    rows = latencies.rows()
    most = max((count for _, _, count in rows), default=0)
    bar = _BAR if width is None else max(0, min(_BAR, width - _BESIDE_BAR))
    return [
        f"{start * 1000:9.3f} to {end * 1000:9.3f}  {'#' * math.ceil(count / most * bar):<{bar}} {count:>9,}"
        for start, end, count in rows
    ]


def svg_plot(latencies: Latencies, title: str) -> str:
    """Draw a histogram as SVG.

    Args:
        latencies: What to draw.
        title: Heading; plain text.
    """
    rows = latencies.rows()
    most = max((count for _, _, count in rows), default=1)
    left, top, height, width = 110, 50, 22, 460
    parts = [
        f'<text x="10" y="28" font-size="16">{_escaped(title)}</text>',
        *(
            f'<text x="{left - 8}" y="{top + index * height + 15}" text-anchor="end">{start * 1000:.3f} ms</text>'
            f'<rect x="{left}" y="{top + index * height + 2}" width="{count / most * width:.1f}" '
            f'height="{height - 4}" fill="#2f6f9f"/>'
            f'<text x="{left + count / most * width + 6:.1f}" y="{top + index * height + 15}">{count}</text>'
            for index, (start, _, count) in enumerate(rows)
        ),
    ]
    bottom = top + len(rows) * height + 22
    marks = ", ".join(f"p{part:g} {latencies.percentile(part / 100) * 1000:.3f} ms" for part in (50, 90, 99, 99.9))
    parts.append(f'<text x="10" y="{bottom}">{marks}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="660" height="{bottom + 16}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
