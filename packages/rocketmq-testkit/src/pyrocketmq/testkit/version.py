"""Versions: where the two lines of servers differ, as a table.

A handler asks the profile by name instead of comparing numbers, and a reader finds all differences in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.testkit.properties import NAMESERVER_DEFAULTS_4, NAMESERVER_DEFAULTS_5
from pyrocketmq.testkit.refusal import NOT_SET

if TYPE_CHECKING:
    from collections.abc import Mapping


class Profile(NamedTuple):
    """How servers of one version behave where versions differ.

    Attributes:
        name: The version.
        number: What its frames carry as `version`.
        faq: The hint that ends some remarks.
        invalid_parameter: Code for a bad topic name or queue id.
        illegal_topic: Remark for a topic name with other characters than allowed.
        long_topic: Remark for a topic name of more than 127 characters.
        mirrors_serialize_type: Answers use the header encoding of their request, not JSON always.
        nameserver_refuses_unknown: The NameServer answers an unknown request code instead of ignoring it.
        judges_length_late: A length that leaves no room for a header, or exceeds the limit only together with its own
            four bytes, ends the connection only when more bytes come.
        protects_ordered_topics: A broker that may not be written takes no messages for ordered topics.
        stores_empty_body: A message without a body is stored instead of failing.
        stamps_messages: A stored message gets a unique id, region and trace switch, and ends in a separator; without
            it, an ordinary single message loses its property WAIT.
        shares_batch_properties: Properties in a batch's header are appended to each of its messages.
        refuses_retry_batch: A batch to a retry topic is refused.
        overlong_batch: How a batch that exceeds the size limit fails, where it is not simply refused.
        retries_up_to_maximum: A message sent to a retry topic goes to the dead-letter topic beyond the maximum of
            attempts, not at it.
        has_string_functions: Filter expressions know CONTAINS, STARTSWITH and ENDSWITH.
        has_timers: Timer properties, pop and their internal topics exist.
        answers_transaction_id: The answer to a send carries the unique id.
        missing_queue_is_zero: A group without an offset starts at 0 even where queue or topic do not exist.
        honours_set_zero: `setZeroIfNotFound` is looked at.
        checks_commits: A commit needs a known group and topic.
        min_offset_remark: Remark of the answer where a queue begins.
        search_past_end: What is added to the largest offset when a search lies behind all messages.
        forgets_offsets_of_deleted_topics: Deleting a topic deletes the offsets in it.
        reads_clean_offset: `cleanOffset`, and not `removeOffset`, has a group's offsets deleted with it.
        checks_group_names: A group with an illegal name is not created on demand.
        notifies_broadcasting: Members of a broadcasting group are told about each other.
        keeps_expressions: What a pull or a pop asks for counts as subscribed where no heartbeat says more.
        resets_on_server: A reset of offsets is done by the broker, not by the members.
        keeps_empty_producer_groups: A producer group whose connections closed is still known.
        keeps_real_topic: A committed message keeps the properties that name its real topic.
        describes_checks: A transaction check carries broker name and topic.
        rejects_on_replicas: Replicas reject sends, and pulls unless they may be read, before looking at them.
        reports_heartbeat_v2: Heartbeat answers carry fields.
        tells_sys_flags: Pull answers carry the system flags of topic and group.
        tells_forbidden_type: Refused pulls carry a field that says what forbade them.
        guards_settings: Some settings of a broker cannot be changed by request.
        json_error: Name of the exception when a body is no JSON.
        bodiless_heartbeat: How a heartbeat without a body fails.
        null_heartbeat: How one fails whose body is null.
        marks_dead_letters: A message sent to a retry topic that goes to the dead-letter topic is never delayed.
        reset_remark: Remark of the answer to a reset that members carry out.
        has_attributes: Topics have attributes.
        keeps_topic_order: A topic created as ordered stays so.
        illegal_group: Remark for a group name with other characters than allowed; `None` where nobody looks.
        namesrv_defaults: The properties of a NameServer.
        guarded_namesrv_setting: Remark for a change of a guarded setting of a NameServer.
        has_users: Access control knows users and policies instead of accounts.
        has_extended_json: Newer members of JSON bodies are written.
    """

    name: str
    number: int
    faq: str
    invalid_parameter: int
    illegal_topic: str
    long_topic: str
    mirrors_serialize_type: bool
    nameserver_refuses_unknown: bool
    judges_length_late: bool
    protects_ordered_topics: bool
    stores_empty_body: bool
    stamps_messages: bool
    shares_batch_properties: bool
    refuses_retry_batch: bool
    overlong_batch: str | None
    retries_up_to_maximum: bool
    has_string_functions: bool
    has_timers: bool
    answers_transaction_id: bool
    missing_queue_is_zero: bool
    honours_set_zero: bool
    checks_commits: bool
    min_offset_remark: str | None
    search_past_end: int
    forgets_offsets_of_deleted_topics: bool
    reads_clean_offset: bool
    checks_group_names: bool
    notifies_broadcasting: bool
    keeps_expressions: bool
    resets_on_server: bool
    keeps_empty_producer_groups: bool
    keeps_real_topic: bool
    describes_checks: bool
    rejects_on_replicas: bool
    reports_heartbeat_v2: bool
    tells_sys_flags: bool
    tells_forbidden_type: bool
    guards_settings: bool
    json_error: str
    bodiless_heartbeat: str
    null_heartbeat: str
    marks_dead_letters: bool
    reset_remark: str | None
    has_attributes: bool
    keeps_topic_order: bool
    illegal_group: str | None
    namesrv_defaults: Mapping[str, str]
    guarded_namesrv_setting: str
    has_users: bool
    has_extended_json: bool

    def knows(self, since: str | None) -> bool:
        """Whether a request that exists since this release is known here."""
        return since is None or _numbers(since) <= _numbers(self.name)


_NULL_HEARTBEAT: Final = (
    'Cannot invoke "org.apache.rocketmq.{}.protocol.heartbeat.HeartbeatData.getClientID()" '
    'because "heartbeatData" is null'
)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


_V4: Final = Profile(
    name="4.9.7",
    number=407,
    faq="See http://rocketmq.apache.org/docs/faq/ for further details.",
    invalid_parameter=ResponseCode.SYSTEM_ERROR,
    illegal_topic="The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$",
    long_topic="The specified topic is longer than topic max length.",
    mirrors_serialize_type=True,
    nameserver_refuses_unknown=False,
    judges_length_late=False,
    protects_ordered_topics=False,
    stores_empty_body=True,
    stamps_messages=False,
    shares_batch_properties=True,
    refuses_retry_batch=False,
    overlong_batch=None,
    retries_up_to_maximum=False,
    has_string_functions=False,
    has_timers=False,
    answers_transaction_id=False,
    missing_queue_is_zero=True,
    honours_set_zero=False,
    checks_commits=False,
    min_offset_remark=None,
    search_past_end=-1,
    forgets_offsets_of_deleted_topics=False,
    reads_clean_offset=False,
    checks_group_names=False,
    notifies_broadcasting=True,
    keeps_expressions=False,
    resets_on_server=False,
    keeps_empty_producer_groups=True,
    keeps_real_topic=True,
    describes_checks=False,
    rejects_on_replicas=False,
    reports_heartbeat_v2=False,
    tells_sys_flags=False,
    tells_forbidden_type=False,
    guards_settings=False,
    json_error="com.alibaba.fastjson.JSONException",
    bodiless_heartbeat='Cannot read the array length because "bytes" is null',
    null_heartbeat=_NULL_HEARTBEAT.format("common"),
    marks_dead_letters=False,
    reset_remark=NOT_SET,
    has_attributes=False,
    keeps_topic_order=False,
    illegal_group=None,
    namesrv_defaults=NAMESERVER_DEFAULTS_4,
    guarded_namesrv_setting="Can not update config path",
    has_users=False,
    has_extended_json=False,
)

_V5: Final = Profile(
    name="5.4.0",
    number=493,
    faq="See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.",
    invalid_parameter=ResponseCode.INVALID_PARAMETER,
    illegal_topic=("The specified topic: {topic}, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"),
    long_topic="The specified topic: {topic}, is longer than topic max length: 127",
    mirrors_serialize_type=False,
    nameserver_refuses_unknown=True,
    judges_length_late=True,
    protects_ordered_topics=True,
    stores_empty_body=False,
    stamps_messages=True,
    shares_batch_properties=False,
    refuses_retry_batch=True,
    overlong_batch=(
        "java.lang.RuntimeException: message body size exceeded, "
        "org.apache.rocketmq.store.MessageExtEncoder.encode(MessageExtEncoder.java:290)"
    ),
    retries_up_to_maximum=True,
    has_string_functions=True,
    has_timers=True,
    answers_transaction_id=True,
    missing_queue_is_zero=False,
    honours_set_zero=True,
    checks_commits=True,
    min_offset_remark="",
    search_past_end=0,
    forgets_offsets_of_deleted_topics=True,
    reads_clean_offset=True,
    checks_group_names=True,
    notifies_broadcasting=False,
    keeps_expressions=True,
    resets_on_server=True,
    keeps_empty_producer_groups=False,
    keeps_real_topic=False,
    describes_checks=True,
    rejects_on_replicas=True,
    reports_heartbeat_v2=True,
    tells_sys_flags=True,
    tells_forbidden_type=True,
    guards_settings=True,
    json_error="com.alibaba.fastjson2.JSONException",
    bodiless_heartbeat=_NULL_HEARTBEAT.format("remoting"),
    null_heartbeat=_NULL_HEARTBEAT.format("remoting"),
    marks_dead_letters=True,
    reset_remark=None,
    has_attributes=True,
    keeps_topic_order=True,
    illegal_group="The specified group: {group}, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$",
    namesrv_defaults=NAMESERVER_DEFAULTS_5,
    guarded_namesrv_setting="Can not update config in black list.",
    has_users=True,
    has_extended_json=True,
)

PROFILES: Final = {profile.name: profile for profile in (_V4, _V5)}
"""The versions that a fake can play: those whose behaviour was compared with real servers."""


def profile_of(version: str) -> Profile:
    """Return the profile of a version.

    Raises:
        ValueError: the fake does not play it.
    """
    try:
        return PROFILES[version]
    except KeyError:
        raise ValueError(f"version {version!r} is not one of {', '.join(sorted(PROFILES))}") from None
