"""A server that restarts, where the other one does not."""

from __future__ import annotations

from hypothesis.stateful import invariant, precondition, rule

from pyrocketmq.model.requests import GetMaxOffset
from sequences.members import Members


class Restarts(Members):
    """Restarts, and what they must not lose."""

    @precondition(lambda self: type(self).restart is not None)
    @rule()
    def restart_one(self) -> None:
        """Restart one of the two; both lose their connections, and with them their members."""
        restart = type(self).restart
        assert restart is not None
        restart()
        self.forget_members()
        for side in self.sides:
            side.close()
            side.connect()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if type(self).restart is None:
            return  # against a real broker, every answer is compared anyway
        for queue_id, end in enumerate(self.ends):
            assert self.sides[1].client.reply(GetMaxOffset(topic=self.topic, queue_id=queue_id)).offset == end
