"""What the package offers."""

from __future__ import annotations

import pytest

from pyrocketmq import testkit


@pytest.mark.parametrize("name", testkit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(testkit, name).__module__.startswith("pyrocketmq.testkit.")


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = testkit.nonsense  # type: ignore[attr-defined]
