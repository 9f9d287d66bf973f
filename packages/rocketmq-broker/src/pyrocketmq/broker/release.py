"""Names of server releases: what the version number of an answer stands for.

The number counts releases and the snapshots before them: from 4.0.0 (213) and 5.0.0 (413) on it grows by 20 a minor
release and by 2 a patch; an even number is the snapshot of the release after it.
"""

from __future__ import annotations

from typing import Final

_FIRST_OF_MAJOR: Final = {4: 213, 5: 413}
_PER_MINOR: Final = 20
_PER_PATCH: Final = 2


def release_name(version: int) -> str:
    """Return the release that a version number stands for.

    Example:
        >>> release_name(407)
        '4.9.7'
    """
    release = version | 1
    major = max((major for major, first in _FIRST_OF_MAJOR.items() if release >= first), default=None)
    if major is None:
        return f"before 4.0.0 (version number {version})"
    minor, rest = divmod(release - _FIRST_OF_MAJOR[major], _PER_MINOR)
    name = f"{major}.{minor}.{rest // _PER_PATCH}"
    return name if version == release else f"{name}-SNAPSHOT"


def is_older(version: int, release: str | None) -> bool:
    """Whether a version number stands for something before a release; not where there is no release to compare with.

    Example:
        >>> is_older(407, "5.0.0")
        True
    """
    if release is None:
        return False
    major, minor, patch = map(int, release.split("."))
    return version < _FIRST_OF_MAJOR[major] + _PER_MINOR * minor + _PER_PATCH * patch
