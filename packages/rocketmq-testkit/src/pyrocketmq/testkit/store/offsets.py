"""Where groups stand in their queues."""

from __future__ import annotations

from collections import defaultdict


class OffsetTable:
    """Committed offsets, and resets that members have not seen yet."""

    def __init__(self) -> None:
        self._committed: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        self._pulled: dict[tuple[str, str, int], int] = {}
        self._resets: dict[tuple[str, str, int], int] = {}

    def committed(self, group: str, topic: str, queue_id: int) -> int:
        """Return the committed offset, -1 where there is none."""
        return self._committed.get((topic, group), {}).get(queue_id, -1)

    def commit(self, group: str, topic: str, queue_id: int, offset: int) -> None:
        """Store an offset, whatever it is."""
        self._committed[topic, group][queue_id] = offset

    def pulled(self, group: str, topic: str, queue_id: int) -> int:
        """Return where the group last went on pulling, -1 where it never did."""
        return self._pulled.get((group, topic, queue_id), -1)

    def note_pull(self, group: str, topic: str, queue_id: int, offset: int) -> None:
        """Remember where a group goes on pulling."""
        self._pulled[group, topic, queue_id] = offset

    def reset(self, group: str, topic: str, queue_id: int, offset: int) -> None:
        """Set an offset from outside; the next pull is told, and commits until then are ignored."""
        self.commit(group, topic, queue_id, offset)
        self._resets[group, topic, queue_id] = offset

    def pending_reset(self, group: str, topic: str, queue_id: int) -> int | None:
        """Return the offset of a reset that no pull was told of."""
        return self._resets.get((group, topic, queue_id))

    def take_reset(self, group: str, topic: str, queue_id: int) -> int | None:
        """Return the offset of a reset and forget it."""
        return self._resets.pop((group, topic, queue_id), None)

    def queues(self, group: str, topic: str) -> dict[int, int]:
        """Return the committed offsets of a group in a topic, by queue."""
        return dict(self._committed.get((topic, group), {}))

    def topics_of(self, group: str) -> list[str]:
        """Return the topics in which a group has offsets."""
        return [topic for topic, owner in self._committed if owner == group]

    def groups_of(self, topic: str) -> list[str]:
        """Return the groups that have offsets in a topic."""
        return [group for owned, group in self._committed if owned == topic]

    def delete_topic(self, topic: str) -> None:
        """Forget all offsets in a topic."""
        for key in [key for key in self._committed if key[0] == topic]:
            del self._committed[key]

    def delete_group(self, group: str) -> None:
        """Forget all offsets of a group."""
        for key in [key for key in self._committed if key[1] == group]:
            del self._committed[key]

    def clone(self, source: str, target: str, topic: str) -> None:
        """Copy the offsets of one group in a topic to another group."""
        if (topic, source) in self._committed:
            self._committed[topic, target] = dict(self._committed[topic, source])

    def copy_from(self, other: OffsetTable) -> None:
        """Take over the offsets of another table."""
        self._committed.update(other.all())

    def all(self) -> dict[tuple[str, str], dict[int, int]]:
        """Return everything, by topic and group."""
        return {key: dict(queues) for key, queues in self._committed.items()}
