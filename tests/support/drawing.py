"""What tests that draw their values have in common."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ints = st.integers(-(2**31), 2**31 - 1)
longs = st.integers(-(2**63), 2**63 - 1)


def anything(floats: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[Any]:
    """Return what draws values that JSON can hold, or Java's servers write as such.

    Args:
        floats: Which numbers with a point; by default all, NaN and infinities among them.
    """
    return st.recursive(
        st.none() | st.booleans() | st.integers() | (st.floats() if floats is None else floats) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=3,
    )
