"""Cassettes: what passed between clients and real servers, written to a file and served from it again."""

from pyrocketmq.testkit.cassette.file import Cassette, CassetteError, RecordedFrame
from pyrocketmq.testkit.cassette.player import CassettePlayer, UnexpectedRequestError
from pyrocketmq.testkit.cassette.recorder import CassetteRecorder

__all__ = [
    "Cassette",
    "CassetteError",
    "CassettePlayer",
    "CassetteRecorder",
    "RecordedFrame",
    "UnexpectedRequestError",
]
