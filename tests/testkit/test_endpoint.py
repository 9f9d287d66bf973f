"""Addresses as texts."""

from __future__ import annotations

import pytest

from pyrocketmq.testkit.endpoint import endpoint_of


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("10.0.0.5:9876", ("10.0.0.5", 9876)),
        ("localhost:9876", ("localhost", 9876)),
        ("[::1]:9876", ("::1", 9876)),
        ("::1:9876", ("::1", 9876)),
    ],
)
def test_host_and_port(address: str, endpoint: tuple[str, int]) -> None:
    assert endpoint_of(address) == endpoint


@pytest.mark.parametrize("address", ["", "localhost", ":9876", "localhost:", "localhost:http", "localhost:-1"])
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        endpoint_of(address)
