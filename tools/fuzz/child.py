"""Fuzzes one target until its time is over; ends its process. ``python -m fuzz`` starts it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")  # optional, and without types

with atheris.instrument_imports(include=["pyrocketmq.model"]):
    from fuzz.targets import TARGETS


def main(name: str, *options: str) -> None:
    """Fuzz a target.

    Args:
        name: The target.
        options: Folders and options of libFuzzer.
    """
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
