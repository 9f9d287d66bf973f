"""The documentation's site builds without a warning, and every page of it is whole in a real browser.

Run by ``uv run --group docs pytest tests/site -m site -n 0``; needs `chromium` of the system.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from doc_blocks import ROOT
from site_links import broken_links, outside_links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.site, pytest.mark.timeout(600)]

WIDTHS = {"wide": 1440, "narrow": 375}
IS_WHOLE = """() => {
    const wide = [...document.querySelectorAll("article *")].filter(
        each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest("pre, .table-wrapper, svg"));
    const missing = [...document.images].filter(each => !each.complete || each.naturalWidth === 0);
    return {
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        widest: wide.slice(0, 3).map(each => each.tagName + " " + each.textContent.trim().slice(0, 60)),
        missing: missing.map(each => each.src),
        title: document.title,
    };
}"""
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    done = subprocess.run(
        [*command, "-d", str(folder / "doctrees"), str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serving(site) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium: `apt-get install chromium`, or what the system has instead"
    playwright = import_module("playwright.sync_api")  # of the group `docs`, which the ordinary run does without
    with playwright.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def pages_of(site: Path) -> list[str]:
    return sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))


def test_no_link_is_broken(site: Path) -> None:
    assert not broken_links(site)


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    assert not outside_links(site)


def test_every_source_is_a_page_that_another_one_leads_to(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    for source in (ROOT / "docs").rglob("*.md"):
        page = str(source.relative_to(ROOT / "docs").with_suffix(".html"))
        assert (site / page).is_file(), page
        assert page == "index.html" or f'href="{page}"' in index, f"{page} is not in the navigation"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_whole(site: Path, address: str, browser: Any, width: str, scheme: str) -> None:
    with looking(browser, address, WIDTHS[width], scheme) as (page, look):
        found = {name: wrong for name in pages_of(site) if (wrong := look(name))}
        red, green, blue = (int(part) for part in re.findall(r"\d+", page.evaluate(BACKGROUND))[:3])
    assert not found
    assert (red + green + blue > 3 * 128) is (scheme == "light")


def test_what_is_wrong_is_seen(tmp_path: Path, browser: Any) -> None:
    tmp_path.joinpath("bad.html").write_text(
        "<title>bad</title><article><img src='none.png'><p style='width: 3000px'>wide</p></article>"
        "<script>console.error('said'); undefined_function()</script><script src='http://127.0.0.2:9/x.js'></script>"
    )
    with serving(tmp_path) as address, looking(browser, address, WIDTHS["narrow"], "light") as (_, look):
        wrong = "\n".join(look("bad.html"))
    for each in (
        "wider than the screen",
        "P wide",
        "none.png is missing",
        "404",
        "said",
        "undefined_function",
        "elsewhere",
    ):
        assert each in wrong, wrong


@contextmanager
def looking(browser: Any, address: str, width: int, scheme: str) -> Iterator[tuple[Any, Callable[[str], list[str]]]]:
    """Open a window, and give a function that opens a page in it and says what is wrong with it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: is_failure(request) and wrong.append(f"failed: {request.url}"))
    page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status}: {answer.url}"))
    page.on("request", lambda asked: is_elsewhere(asked.url, address) and wrong.append(f"elsewhere: {asked.url}"))

    def look(name: str) -> list[str]:
        wrong.clear()
        page.goto(f"{address}/{name}", wait_until="load")
        seen = page.evaluate(IS_WHOLE)
        wrong.extend(f"{source} is missing" for source in seen["missing"])
        if seen["overflow"] > 0:
            wrong.append(f"{seen['overflow']} pixels wider than the screen: {seen['widest']}")
        if not seen["title"]:
            wrong.append("no title")
        return list(wrong)

    yield page, look
    context.close()


def is_failure(request: Any) -> bool:
    # Going on to the next page ends what the last one was still about to load, its icon; a link check has seen to that.
    return request.failure != "net::ERR_ABORTED"


def is_elsewhere(url: str, address: str) -> bool:
    return not url.startswith((f"{address}/", "data:", "blob:"))


def test_search_finds_a_method(address: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address}/search.html?q=change_invisible_time")
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "links => links.map(each => each.href)")
    page.close()
    assert any("reference/broker-client.html" in link for link in links), links
