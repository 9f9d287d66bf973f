"""The anchors of headings."""

from __future__ import annotations

import re


def slug(title: str) -> str:
    """Return a heading's anchor as forges make it; they drop the picture of an emoji, but not its variant."""
    return re.sub(r"[^\w\- \ufe0f]", "", title.strip().lower()).replace(" ", "-")
