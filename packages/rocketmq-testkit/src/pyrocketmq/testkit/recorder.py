"""What all servers of one fake share: the journals and the faults."""

from __future__ import annotations

from pyrocketmq.testkit.faults import Faults
from pyrocketmq.testkit.journal import Journal


class Recorder:
    """Journals and faults of one fake.

    Attributes:
        requests: What clients asked, with the answers.
        pushes: What the servers asked their clients.
        faults: The faults that requests may meet.
    """

    def __init__(self, journal_limit: int) -> None:
        self.requests = Journal(journal_limit)
        self.pushes = Journal(journal_limit)
        self.faults = Faults()
