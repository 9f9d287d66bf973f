"""What the tests of the shop have in common: each has a broker of its own, with the topic that operators make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shop.settings import Settings

if TYPE_CHECKING:
    from pyrocketmq.testkit import FakeBroker


@pytest.fixture
def broker(rocketmq_broker: FakeBroker) -> FakeBroker:
    rocketmq_broker.create_topic("orders", queues=2)
    return rocketmq_broker


@pytest.fixture
def settings(broker: FakeBroker) -> Settings:
    return Settings(namesrv=broker.namesrv_address, timeout=2.0)
