"""The inputs that are kept: a folder for each target, a file for each input."""

from __future__ import annotations

import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import FrameType
    from typing import Any

FINDING: Final = "finding-"
"""Files whose names start so have shown a fault once; they stay whatever they cover."""

_COVERED: Final = ("pyrocketmq/model/", "<declaration of ")
"""What is in the names of files that count: the package, and the functions that it generates."""


def read(folder: Path) -> list[bytes]:
    """Return the inputs of a folder, none where it does not exist."""
    return [path.read_bytes() for path in sorted(folder.glob("*"))]


def keep(folder: Path, check: Callable[[bytes], None], inputs: Iterable[bytes]) -> int:
    """Keep the smallest inputs that together reach all that inputs reach; remove the others.

    Args:
        folder: The folder of a target.
        check: The target.
        inputs: What may be kept; the folder's own files too, if they are among them.

    Returns:
        How many inputs are kept, findings not counted.
    """
    kept: dict[str, bytes] = {}
    reached: set[object] = set()
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        arcs = arcs_of(check, data)
        if not arcs <= reached:
            reached |= arcs
            kept[sha256(data).hexdigest()[:16]] = data
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.name not in kept and not path.name.startswith(FINDING):
            path.unlink()
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    return len(kept)


def arcs_of(check: Callable[[bytes], None], data: bytes) -> set[tuple[str, int, int]]:
    """Return the steps from line to line that a target takes in the protocol package."""
    arcs: set[tuple[str, int, int]] = set()

    def enter(frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:  # `settrace` says so
        name = frame.f_code.co_filename
        if not any(part in name for part in _COVERED):
            return None
        last = 0

        def step(frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any]:
            nonlocal last
            arcs.add((name, last, frame.f_lineno))
            last = frame.f_lineno
            return step

        return step

    check(data)  # what is done once, such as generating functions, belongs to no input
    before = sys.gettrace()
    sys.settrace(enter)
    try:
        check(data)
    finally:
        sys.settrace(before)
    return arcs
