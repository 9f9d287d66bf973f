"""What all servers of one fake share: the journals, the faults, and how clients may connect."""

from __future__ import annotations

from pyrocketmq.testkit.faults import Faults
from pyrocketmq.testkit.journal import Journal
from pyrocketmq.testkit.tls import TlsMode


class Recorder:
    """Journals, faults and rules of one fake.

    Attributes:
        requests: What clients asked, with the answers.
        pushes: What the servers asked their clients.
        faults: The faults that requests may meet.
        tls_mode: Which connections are taken.
    """

    def __init__(self, journal_limit: int, tls_mode: TlsMode) -> None:
        self.tls_mode = tls_mode
        self.requests = Journal(journal_limit)
        self.pushes = Journal(journal_limit)
        self.faults = Faults()
