"""What clients have done, as typed snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.remote import RemoteMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetrics:
    """What one client has done since it was made.

    Attributes:
        retries: How many attempts of its calls were repetitions.
        calls: What its connections have done. Those of a client that a manager lends serve others, too.
    """

    retries: int
    calls: RemoteMetrics
