"""What tests of the protocol package share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pyrocketmq.model import RemotingCommand

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], RemotingCommand]:
    """Return what reads one side, `request` or `response`, of an exchange with a real server."""

    def read(name: str, side: str) -> RemotingCommand:
        return RemotingCommand.decode(bytes.fromhex(json.loads((GOLDEN / f"{name}.json").read_text())[f"{side}_hex"]))

    return read
