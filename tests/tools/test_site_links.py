"""Broken links of a site are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from site_links import broken_links, outside_links

if TYPE_CHECKING:
    from pathlib import Path


def test_what_leads_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "deeper"
    folder.mkdir()
    tmp_path.joinpath("index.html").write_text(
        '<a href="deeper/page.html#there">1</a> <a href="deeper/page.html#gone">2</a> <a href="#top">3</a>'
        '<a href="deeper/none.html">4</a> <a href="mailto:a@b">5</a> <a href="//elsewhere/x">6</a> <img src="no.png">'
    )
    folder.joinpath("page.html").write_text('<h1 id="there">1</h1> <a href="../index.html">2</a> <a href="../">3</a>')
    assert broken_links(tmp_path) == [
        "index.html: deeper/page.html#gone has no such anchor",
        "index.html: #top has no such anchor",
        "index.html: deeper/none.html is no file",
        "index.html: no.png is no file",
    ]


def test_what_comes_from_elsewhere(tmp_path: Path) -> None:
    tmp_path.joinpath("index.html").write_text(
        '<a href="https://elsewhere.example">1</a> <script src="https://elsewhere.example/x.js"></script>'
        '<link rel="stylesheet" href="own.css"> <link rel="stylesheet" href="//elsewhere.example/y.css">'
    )
    assert outside_links(tmp_path) == {"index.html": ["https://elsewhere.example/x.js", "//elsewhere.example/y.css"]}
