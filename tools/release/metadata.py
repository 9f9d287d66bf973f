"""What the index shows of a distribution, and what is in its files."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Final

from release.commands import ReleaseError, run
from release.distributions import BY_NAME, DISTRIBUTIONS, Distribution

_URLS: Final = {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
_SDIST_FILES: Final = ("LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "PKG-INFO")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)]*)\)")


def check(files: Path) -> None:
    """Check every distribution's metadata and files.

    Raises:
        ReleaseError: something is missing, or does not belong there; all of it is named.
    """
    run(sys.executable, "-m", "twine", "check", "--strict", *sorted(files.glob("rocketmq_*")))
    found = [f"{one.name}: {fault}" for one in DISTRIBUTIONS for fault in _faults(one, files)]
    if found:
        raise ReleaseError("\n".join(found))


def _faults(one: Distribution, files: Path) -> list[str]:
    with zipfile.ZipFile(files / f"{one.file_name}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
        text = wheel.read(f"{one.file_name}.dist-info/METADATA").decode("utf-8")
    with tarfile.open(files / f"{one.file_name}.tar.gz") as sdist:
        packed = {name.removeprefix(f"{one.file_name}/") for name in sdist.getnames()}
    metadata = Parser().parsestr(text)
    return [
        *_faults_of_metadata(metadata),
        *_faults_of_siblings(metadata),
        *_faults_of_readme(str(metadata.get_payload())),
        *_faults_of_wheel(names, one),
        *(f"the sdist lacks {name}" for name in _SDIST_FILES if name not in packed),
    ]


def _faults_of_metadata(metadata: Message) -> list[str]:
    classifiers = metadata.get_all("Classifier", [])
    urls = {str(url).partition(",")[0] for url in metadata.get_all("Project-URL", [])}
    needed = {
        "the license": metadata["License-Expression"] == "Apache-2.0",
        "the file with the license": metadata.get_all("License-File") == ["LICENSE"],
        "the least Python": metadata["Requires-Python"] == ">=3.11",
        "`Typing :: Typed`": "Typing :: Typed" in classifiers,
        "each Python from 3.11 to 3.14": all(
            f"Programming Language :: Python :: 3.{minor}" in classifiers for minor in range(11, 15)
        ),
        "a summary": bool(metadata["Summary"]),
        "keywords": bool(metadata["Keywords"]),
        f"the addresses {sorted(_URLS)}": urls == _URLS,
        "Markdown as the type of its text": str(metadata["Description-Content-Type"]).startswith("text/markdown"),
    }
    return [f"the metadata does not state {what}" for what, is_there in needed.items() if not is_there]


def _faults_of_siblings(metadata: Message) -> list[str]:
    """Say what is wrong with the version ranges of the other three.

    A range begins at a version that exists and ends before the next one that may break: the next minor before 1.0, the
    next major from then on.
    """
    faults: list[str] = []
    for requirement in metadata.get_all("Requires-Dist", []):
        match = re.fullmatch(r"(rocketmq-[a-z]+)<([\d.]+),>=([\d.]+)", str(requirement))
        name = str(requirement).partition("<")[0].partition(">")[0]
        if name not in BY_NAME:
            continue
        if match is None:
            faults.append(f"{requirement} is no range with two ends")
            continue
        version, low, high = (tuple(map(int, text.split("."))) for text in (BY_NAME[name].version, match[3], match[2]))
        following = (0, version[1] + 1) if version[0] == 0 else (version[0] + 1,)
        if not low <= version < high:
            faults.append(f"{requirement} leaves out {BY_NAME[name].version}, which is what stands beside it")
        if high[: len(following)] > following:
            faults.append(f"{requirement} takes releases that may break it: end before {'.'.join(map(str, following))}")
    return faults


def _faults_of_readme(text: str) -> list[str]:
    targets = [match[1] for match in _LINK.finditer(text)]
    return [f"its text links to {target}, which the index does not have" for target in targets if "://" not in target]


def _faults_of_wheel(names: list[str], one: Distribution) -> list[str]:
    information = f"{one.file_name}.dist-info/"
    stray = [name for name in names if not name.startswith((information, "pyrocketmq/"))]
    packages = [module for module in one.imports if module.count(".") == 1]
    untyped = [module for module in packages if f"{module.replace('.', '/')}/py.typed" not in names]
    return [
        *(f"the wheel has a stray {name}" for name in stray),
        *(f"{module} has no py.typed" for module in untyped),
        *(["pyrocketmq/__init__.py hides the other distributions"] if "pyrocketmq/__init__.py" in names else []),
    ]
