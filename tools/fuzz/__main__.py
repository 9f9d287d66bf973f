"""Fuzz the protocol package.

Each target (see `fuzz.targets`) gets the same share of the time. It starts from the golden frames and from the corpus
that was kept, and what it reaches anew goes to the corpus, minimised. An input that shows a fault is written to
``finding-*`` in the target's folder there; an ordinary test replays the corpus, so it fails until the fault is mended.

From the root of the project, on Linux::

    uv run --group fuzz python -m fuzz --seconds 600

with ``tools`` on ``PYTHONPATH``. ``--replay FILE`` runs one input, which tells where a finding comes from.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz.corpus import FINDING, keep, read
from fuzz.seeds import seeds
from fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

PROTOCOL_TESTS: Final = Path(__file__).resolve().parents[2] / "tests" / "protocol"
CORPUS: Final = PROTOCOL_TESTS / "corpus"

MAX_SIZE: Final = 16 * 1024
"""Largest input in bytes: small enough for many, large enough that quadratic time shows."""

SECONDS_PER_INPUT: Final = 5
MEGABYTES: Final = 512
GRACE_SECONDS: Final = 60.0
"""For starting, for reading the corpus, and for the last input."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"unknown targets: {', '.join(unknown)}")
    names = options.targets or list(TARGETS)
    if options.replay is not None:
        for name in names:
            TARGETS[name](options.replay.read_bytes())
        return 0
    start = seeds(PROTOCOL_TESTS / "golden")
    found = 0
    for name in names:
        found += fuzz(name, options.seconds / len(names), start.get(name, []))
    return 1 if found else 0


def fuzz(name: str, seconds: float, start: Sequence[bytes]) -> int:
    """Fuzz one target and keep what it reached.

    Args:
        name: The target.
        seconds: For how long.
        start: Inputs to start from, beside those of the corpus.

    Returns:
        How many inputs showed a fault.
    """
    kept = CORPUS / name
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as work:
        inputs, findings = Path(work, "inputs"), Path(work, "findings")
        inputs.mkdir()
        findings.mkdir()
        for index, data in enumerate([*start, *read(kept)]):
            (inputs / f"start-{index}").write_bytes(data)
        _run_child(name, seconds, inputs, findings)
        found = _take(findings, kept)
        count = keep(kept, TARGETS[name], [data for data in read(inputs) if not _fails(name, data)])
    print(f"{name}: {found} findings, {count} inputs kept", flush=True)
    return found


def _run_child(name: str, seconds: float, inputs: Path, findings: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "fuzz.child",
            name,
            str(inputs),
            f"-max_total_time={seconds:.0f}",
            f"-max_len={MAX_SIZE}",
            f"-timeout={SECONDS_PER_INPUT}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-artifact_prefix={findings}/",
            "-verbosity=0",
        ],
        timeout=seconds + GRACE_SECONDS,
        check=False,  # it fails where it has found something
    )


def _take(findings: Path, kept: Path) -> int:
    """Put findings into the corpus; returns their number."""
    paths = list(findings.glob("*"))
    kept.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = kept / f"{FINDING}{path.name[:24]}"
        target.write_bytes(path.read_bytes())
        print(f"found: {target}", flush=True)
    return len(paths)


def _fails(name: str, data: bytes) -> bool:
    try:
        TARGETS[name](data)
    except Exception:  # noqa: BLE001  # a finding may be any; it is reported where it was found
        return True
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the protocol package.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=float, default=60.0, help="time for all targets together (default: 60)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one input instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
