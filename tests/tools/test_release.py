"""What the distributions state about themselves, and the check that would see a mistake in it."""

from __future__ import annotations

import re
from email.parser import Parser

import pytest

from doc_blocks import GUIDE
from release import metadata
from release.commands import ReleaseError, run
from release.distributions import BY_NAME, DISTRIBUTIONS, ROOT, Distribution

KINDS = {"feature", "fix", "change", "removal"}
COMPLETE = """\
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Python: >=3.11
Summary: s
Keywords: k
Description-Content-Type: text/markdown
"""


@pytest.mark.parametrize("name", ["requires-python", "license", "license-files", "authors"])
def test_the_distributions_agree(name: str) -> None:
    values = [one.project[name] for one in DISTRIBUTIONS]
    assert all(value == values[0] for value in values)


def test_all_addresses_are_of_one_project() -> None:
    """Moving the project means replacing one text, and this sees a place that was forgotten, or leads nowhere."""
    homes = {one.project["urls"]["Homepage"] for one in DISTRIBUTIONS}
    assert len(homes) == 1
    (home,) = homes
    for one in DISTRIBUTIONS:
        for address in one.project["urls"].values():
            assert address.startswith(home)
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/*.md")]
    for page in pages:
        if page == GUIDE:  # printed as it is, with an address that was never one
            continue
        for address in re.findall(r"https://[^\s)>\"'`]*/pyrocketmq\b[^\s)>\"'`]*", page.read_text(encoding="utf-8")):
            path = address.removeprefix(home)
            assert path != address, f"{page}: {address} is not of {home}"
            assert not path or (ROOT / path.removeprefix("/blob/main/")).exists(), f"{page}: {address}"


@pytest.mark.parametrize("one", DISTRIBUTIONS, ids=lambda one: one.name)
def test_fragments_are_of_a_kind_that_notes_know(one: Distribution) -> None:
    for fragment in (one.folder / "changes").glob("*"):
        name, _, kind = fragment.name.removesuffix(".md").partition(".")
        assert fragment.suffix == ".md", fragment.name
        assert re.fullmatch("[a-z0-9-]+", name), fragment.name
        assert kind in KINDS, fragment.name
    settings = (ROOT / "towncrier.toml").read_text(encoding="utf-8")
    assert set(re.findall(r'^directory = "(\w+)"\nname', settings, re.MULTILINE)) == KINDS


def test_metadata_that_lacks_something() -> None:
    found = metadata._faults_of_metadata(Parser().parsestr(COMPLETE))
    assert found == [
        "the metadata does not state `Typing :: Typed`",
        "the metadata does not state each Python from 3.11 to 3.14",
        "the metadata does not state the addresses ['Changelog', 'Documentation', 'Homepage', 'Issues', 'Source']",
    ]


@pytest.mark.parametrize(
    ("requirement", "fault"),
    [
        ("rocketmq-protocol<0.2,>=0.1.0", None),
        ("rocketmq-protocol", "is no range with two ends"),
        ("rocketmq-protocol>=0.1.0", "is no range with two ends"),
        ("rocketmq-protocol<0.3,>=0.1.0", "takes releases that may break it: end before 0.2"),
        ("rocketmq-protocol<0.3,>=0.2", "leaves out 0.1.0"),
        ("orjson>=3.10; extra == 'speed'", None),
    ],
)
def test_ranges_of_the_other_distributions(
    requirement: str, fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BY_NAME["rocketmq-protocol"].project, "version", "0.1.0")
    found = metadata._faults_of_siblings(Parser().parsestr(f"Requires-Dist: {requirement}\n"))
    assert (found == []) if fault is None else any(fault in one for one in found)


def test_texts_link_to_what_the_index_has() -> None:
    assert metadata._faults_of_readme("[a](docs/a.md) and ![b](b.png), [c](https://example.org)") == [
        "its text links to docs/a.md, which the index does not have",
        "its text links to b.png, which the index does not have",
    ]


def test_a_command_that_fails() -> None:
    with pytest.raises(ReleaseError, match="non-zero exit status"):
        run("false")


def test_ci_runs_what_the_readme_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    printed = re.findall(r"^python3 -m pip install uv && (uv run .*)$", readme, re.MULTILINE)
    assert printed == ["uv run rmq demo", "uv run pytest"]
    assert "python3 -m pip install uv" in ci
    assert set(printed) <= set(ci)
