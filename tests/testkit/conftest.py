"""Makes the helpers beside the tests importable, which importlib mode does not, and fixtures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire_client import WireClient

    from pyrocketmq.testkit import FakeBroker, VirtualClock

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that only the test moves."""
    from pyrocketmq.testkit import VirtualClock

    return VirtualClock()


@pytest.fixture
def broker(clock: VirtualClock) -> Iterator[FakeBroker]:
    """A fake 5.4.0 on that clock."""
    from pyrocketmq.testkit import FakeBroker

    with FakeBroker(clock=clock, properties={"enablePropertyFilter": True}) as made:
        yield made


@pytest.fixture
def client(broker: FakeBroker) -> Iterator[WireClient]:
    """A connection to the broker."""
    from wire_client import WireClient

    with WireClient(broker.address) as made:
        yield made
