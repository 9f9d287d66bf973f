"""Random sequences of operations on two servers: two fakes, one of which restarts; a fake and a real broker."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sequences import Sequences, Side

from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from real_rocketmq.pytest_plugin import ServerKind, ServerPool

REAL_SEQUENCES = int(os.environ.get("PYROCKETMQ_TEST_SEQUENCES", "1000"))
"""For each version; 2,000 in all, unless somebody looks for a difference in smaller portions."""

FAKE_SEQUENCES = 12


@pytest.mark.real
@pytest.mark.timeout(400)
def test_sequences(server_kind: ServerKind, server_pool: ServerPool) -> None:
    with ExitStack() as resources:
        if server_kind.is_real:
            real = server_pool.get(server_kind)
            other, name, restart = real.broker_address, real.broker_name, None
        else:
            second = resources.enter_context(FakeBroker(version=server_kind.version))
            other, name, restart = second.address, second.broker_name, second.restart
        fake = resources.enter_context(FakeBroker(version=server_kind.version, broker_name=name))

        class Machine(Sequences):
            sides = (Side(fake.address), Side(other))
            is_5 = server_kind.version.startswith("5")
            broker_name = name

        if restart is not None:
            Machine.restart = staticmethod(restart)
        for side in Machine.sides:
            resources.callback(side.close)
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=REAL_SEQUENCES if server_kind.is_real else FAKE_SEQUENCES,
                stateful_step_count=8 if server_kind.is_real else 15,
                derandomize=not server_kind.is_real,
                database=None,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
