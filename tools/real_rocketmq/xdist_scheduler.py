"""How pytest-xdist shares out tests, so that each real version runs on one worker and is started once.

The tests with clients in other languages keep together on the fake as well: those clients are slow to start.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # pytest-xdist ships no types


class RealVersionScheduling(LoadScopeScheduling):  # type: ignore[misc]  # untyped, as said above
    """All cases of a real version go to one worker, and every other test by itself to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        kinds = "fake|real" if "/foreign/" in nodeid else "real"
        kind = re.search(rf"\b(?:{kinds})-\d+\.\d+\.\d+", nodeid)
        return kind[0] if kind else nodeid
