"""How pytest-xdist shares out tests, so that each real version runs on one worker and is started once."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # pytest-xdist ships no types


class RealVersionScheduling(LoadScopeScheduling):  # type: ignore[misc]  # untyped, as said above
    """All cases of a real version go to one worker, and every other test by itself to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        real = re.search(r"\breal-\d+\.\d+\.\d+", nodeid)
        return real[0] if real else nodeid
