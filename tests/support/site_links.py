"""The links of a built site, and which of them lead nowhere."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

if TYPE_CHECKING:
    from pathlib import Path


class _Page(HTMLParser):
    """What a page links to and can be linked at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag's links and anchors."""
        for name, value in attrs:
            if name in ("href", "src", "srcset") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """Return what of a site leads nowhere within it, page by page; links to elsewhere are not followed."""
    pages = {path: _Page(path) for path in sorted(site.rglob("*.html"))}
    broken: list[str] = []
    for path, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            place, anchor = urldefrag(link)
            target = (path.parent / unquote(urlsplit(place).path)).resolve() if place else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                broken.append(f"{path.relative_to(site)}: {link} is no file")
            elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
                broken.append(f"{path.relative_to(site)}: {link} has no such anchor")
    return broken


def outside_links(site: Path) -> dict[str, list[str]]:
    """Return what pages load from elsewhere: scripts, styles, pictures; by page."""
    found: dict[str, list[str]] = {}
    for path in sorted(site.rglob("*.html")):
        loads = _Loads(path)
        if loads.outside:
            found[str(path.relative_to(site))] = loads.outside
    return found


class _Loads(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        given = dict(attrs)
        link = given.get("src") or (given.get("href") if tag == "link" and given.get("rel") == "stylesheet" else None)
        if link and urlsplit(link).netloc:
            self.outside.append(link)
