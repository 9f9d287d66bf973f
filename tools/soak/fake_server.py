"""The fake broker as a process of its own: `python -m soak.fake_server PORT SEED`; it misbehaves unless SEED is 0."""

from __future__ import annotations

import signal
import sys

from pyrocketmq.model.requests import NotifyConsumerIdsChanged
from pyrocketmq.testkit import FakeBroker, Fault
from soak.questions import TOPICS

_HOUR = 3600


def faults(seed: int) -> list[Fault]:
    """Return what goes wrong, each now and then."""
    kinds = [
        (Fault.close_after_reading(), 0.001),
        (Fault.close_after_reading(reset=True, handled=True), 0.001),
        (Fault.close_after_answering(), 0.001),
        (Fault.close_on_connect(reset=True), 0.05),
        (Fault.cut(7), 0.0005),
        (Fault.cut(60), 0.0005),
        (Fault.wrong_length(5), 0.0005),
        (Fault.slices(3), 0.02),
        (Fault.wrong_opaque(), 0.001),
        (Fault.answer_twice(), 0.01),
        (Fault.swap_answers(), 0.001),
        (Fault.silence(), 0.001),
        (Fault.delay(0.05), 0.01),
        (Fault.reply(2, "[busy]"), 0.01),
        (Fault.unasked_request(NotifyConsumerIdsChanged(consumer_group="soak")), 0.01),
    ]
    return [fault.probability(chance, seed=seed + index) for index, (fault, chance) in enumerate(kinds)]


def main() -> None:
    """Serve until killed."""
    port, seed = map(int, sys.argv[1:])
    with FakeBroker(port=port, topics=dict.fromkeys(TOPICS, 1), journal_limit=1) as broker:
        for fault in faults(seed) if seed else ():
            broker.faults.add(fault.optional())
        print("ready", flush=True)
        signal.sigtimedwait([signal.SIGTERM], _HOUR)


if __name__ == "__main__":
    main()
