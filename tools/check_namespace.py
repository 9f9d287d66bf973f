"""Refuse an `__init__.py` directly in `src/pyrocketmq/`.

`pyrocketmq` is a namespace package that four distributions fill. One stray file makes Python take that directory for
the whole package and hides the other three.
"""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[1] / "packages"


def stray_files(packages: Path) -> list[Path]:
    """Return the files that must go."""
    return sorted(packages.glob("*/src/pyrocketmq/__init__.py"))


def main() -> int:
    """Print what is wrong and return the exit code."""
    found = stray_files(PACKAGES)
    for path in found:
        print(f"{path.relative_to(PACKAGES)}: hides the other distributions of the namespace package", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
