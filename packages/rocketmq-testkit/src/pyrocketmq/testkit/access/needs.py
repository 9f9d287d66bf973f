"""What a request needs to be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.names import RETRY_PREFIX

if TYPE_CHECKING:
    from pyrocketmq.model.enums import AclAction

TOPIC: Final = "Topic"
GROUP: Final = "Group"
CLUSTER: Final = "Cluster"


class Need(NamedTuple):
    """One thing that has to be allowed.

    Attributes:
        kind: What it is about: `Topic`, `Group` or `Cluster`.
        name: Which one.
        actions: What is done with it; who may do one of these may do it.
    """

    kind: str
    name: str
    actions: tuple[AclAction, ...]


def group_of_retry_topic(topic: str) -> str | None:
    """Return whose retry topic a topic is; `None` if it is none."""
    return topic.removeprefix(RETRY_PREFIX) if topic.startswith(RETRY_PREFIX) else None


def topic_need(topic: str, *actions: AclAction) -> Need:
    """Return the need for a topic; a retry topic is as good as its group."""
    group = group_of_retry_topic(topic)
    return Need(TOPIC, topic, actions) if group is None else Need(GROUP, group, actions)


def group_need(group: str, *actions: AclAction) -> Need:
    """Return the need for a group."""
    return Need(GROUP, group, actions)
