"""`PoolPolicy`: every decision of a pool, without a connection."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from pyrocketmq.remote.metrics import RemoteMetrics
from pyrocketmq.remote.pool_policy import Decision, PoolPolicy

Policy = PoolPolicy[str, str]
NO_CALLS = RemoteMetrics.total(())


def policy(max_connections: int = 3, idle_time: float = 60.0) -> Policy:
    return PoolPolicy(max_connections, idle_time, jitter=lambda: 1.0)


def opened(p: Policy, *names: str) -> None:
    for name in names:
        assert p.checkout("opener", 0.0) is Decision.OPEN
        p.opened(name)


def test_opens_up_to_the_maximum_then_shares_the_least_loaded() -> None:
    p = policy()
    opened(p, "a", "b", "c")
    assert [p.checkout("w", 0.0) for _ in range(4)] == ["a", "b", "c", "a"]
    assert p.is_shared("a")
    p.checkin("b", 0.0, is_usable=True)
    assert not p.is_shared("b")
    assert p.checkout("w", 0.0) == "b"


def test_free_connection_is_lent_alone_the_latest_first() -> None:
    p = policy()
    opened(p, "a", "b")
    p.checkin("a", 1.0, is_usable=True)
    p.checkin("b", 2.0, is_usable=True)
    assert p.checkout("w", 3.0) == "b"
    assert not p.is_shared("b")


def test_those_who_come_first_open_at_once_the_others_wait() -> None:
    p = policy(2)
    assert [p.checkout(w, 0.0) for w in "stuv"] == [Decision.OPEN, Decision.OPEN, Decision.WAIT, Decision.WAIT]
    assert p.opened("a") == [("u", "a"), ("v", "a")]
    assert p.metrics(NO_CALLS).leases == 3
    assert p.opened("b") == []


def test_failure_concerns_all_who_wait_for_it() -> None:
    p = policy(2)
    assert [p.checkout(w, 0.0) for w in "stuv"] == [Decision.OPEN, Decision.OPEN, Decision.WAIT, Decision.WAIT]
    assert p.open_failed(0.0) == []
    assert p.open_failed(0.0) == ["u", "v"]
    assert p.metrics(NO_CALLS).open_failures == 2


def test_backoff_grows_and_lets_one_try() -> None:
    p = policy()
    now = 0.0
    waits = []
    for _ in range(9):
        assert p.checkout("s", now) is Decision.OPEN
        p.open_failed(now)
        assert p.checkout("w", now) is Decision.WAIT
        retry_at = p.retry_at
        assert retry_at is not None
        assert p.retry(retry_at - 0.001) is None
        waits.append(round(retry_at - now, 3))
        now = retry_at
        assert p.checkout("x", now) is Decision.WAIT, "those who wait come first"
        assert p.retry(now) == "w"
        assert p.retry(now) is None, "one at a time"
        assert p.retry_at is None
        assert p.open_cancelled(now) == "x"
        assert p.open_cancelled(now) is None
    assert waits == [0.1, 0.2, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_jitter_shortens_the_wait() -> None:
    p: Policy = PoolPolicy(1, 60.0, jitter=lambda: 0.0)
    p.checkout("s", 0.0)
    p.open_failed(0.0)
    p.checkout("w", 0.0)
    assert p.retry_at == 0.05


def test_success_ends_the_backoff() -> None:
    p = policy()
    p.checkout("s", 0.0)
    p.open_failed(0.0)
    p.checkout("w", 0.0)
    assert p.retry(1.0) == "w"
    p.opened("a")
    assert p.checkout("x", 1.0) is Decision.OPEN


def test_while_backing_off_others_share_what_there_is() -> None:
    p = policy()
    opened(p, "a")
    assert p.checkout("s", 0.0) is Decision.OPEN
    p.open_failed(0.0)
    assert p.checkout("w", 0.0) == "a"


def test_broken_connection_is_not_lent_again() -> None:
    p = policy(1)
    opened(p, "a")
    assert p.checkout("w", 0.0) == "a"
    assert not p.checkin("a", 0.0, is_usable=False), "somebody else still holds it"
    assert p.checkin("a", 0.0, is_usable=False)
    assert p.checkout("w", 0.0) is Decision.OPEN
    assert p.metrics(NO_CALLS).broken == 1


def test_returned_twice() -> None:
    p = policy()
    opened(p, "a")
    p.checkin("a", 0.0, is_usable=True)
    with pytest.raises(ValueError, match="twice"):
        p.checkin("a", 0.0, is_usable=True)
    assert p.metrics(NO_CALLS).idle == 1


def test_foreign_connection_is_to_be_closed() -> None:
    assert policy().checkin("x", 0.0, is_usable=True)


def test_idle_connections_expire_but_one() -> None:
    p = policy(3, idle_time=10.0)
    opened(p, "a", "b", "c")
    for at, name in enumerate("abc"):
        assert p.expires_at == (10.0 if at else None)
        p.checkin(name, float(at), is_usable=True)
    assert p.expire(9.9) == []
    assert p.expire(11.5) == ["a", "b"]
    assert p.expires_at is None
    assert p.expire(1000.0) == []
    assert p.metrics(NO_CALLS).expired == 2
    assert p.checkout("w", 1000.0) == "c"


def test_idle_connections_are_probed_now_and_then() -> None:
    p: Policy = PoolPolicy(3, 60.0, jitter=lambda: 1.0, probe_period=5.0)
    assert p.housekeeping_at is None
    opened(p, "a", "b")
    p.checkin("a", 100.0, is_usable=True)
    p.checkin("b", 102.0, is_usable=True)
    assert p.housekeeping_at == 105.0
    assert p.probe(104.9) == []
    assert p.probe(105.0) == ["a", "b"]
    assert p.housekeeping_at == 110.0
    assert p.checkout("w", 106.0) == "b"
    assert not p.discard("b"), "whoever holds it will see for himself"
    assert p.discard("a")
    assert not p.discard("a")
    assert p.metrics(NO_CALLS).broken == 1
    assert p.metrics(NO_CALLS).connections == 1


def test_clear() -> None:
    p = policy(2)
    opened(p, "a", "b")
    p.checkin("a", 0.0, is_usable=True)
    assert p.clear() == (["b", "a"], [])
    assert p.checkout("s", 0.0) is Decision.OPEN
    assert p.checkout("s", 0.0) is Decision.OPEN
    assert p.checkout("w", 0.0) is Decision.WAIT
    assert p.clear() == ([], ["w"])


def test_cancel() -> None:
    p = policy(1)
    p.checkout("s", 0.0)
    p.checkout("w", 0.0)
    assert p.cancel("w")
    assert not p.cancel("w")
    assert p.opened("a") == []


class PoolMachine(RuleBasedStateMachine):
    """Random transitions, held against a model: what each user holds, and what exists."""

    leases = Bundle("leases")
    openings = Bundle("openings")

    def __init__(self) -> None:
        super().__init__()
        self.policy = policy(3, idle_time=10.0)
        self.now = 0.0
        self.names = 0
        self.held: Counter[str] = Counter()
        self.alive: set[str] = set()
        self.opening = 0
        self.waiting: list[str] = []

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def lend(self, connection: str) -> str:
        assert connection in self.alive
        self.held[connection] += 1
        return connection

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=leases)
    @precondition(lambda self: self.alive - set(+self.held) or (sum(self.held.values()) and len(self.alive) == 3))
    def checkout_of_a_connection(self) -> str:
        granted = self.policy.checkout("nobody", self.now)
        if granted is Decision.OPEN:  # all were held, and one more may be opened
            self.policy.open_cancelled(self.now)
            return ""
        assert isinstance(granted, str)
        free = self.alive - set(+self.held)
        assert not free or granted in free, "a share, though a connection is free"
        assert free or self.held[granted] == min(self.held[c] for c in self.alive)
        return self.lend(granted)

    @rule(target=openings)
    @precondition(lambda self: not self.alive and not self.waiting)
    def checkout_of_the_first(self) -> str:
        waiter = self.name("w")
        granted = self.policy.checkout(waiter, self.now)
        if granted is Decision.WAIT:
            self.waiting.append(waiter)
            return ""
        assert granted is Decision.OPEN
        self.opening += 1
        return "opening"

    @rule()
    @precondition(lambda self: self.waiting)
    def one_more_waits(self) -> None:
        waiter = self.name("w")
        assert self.policy.checkout(waiter, self.now) is Decision.WAIT
        self.waiting.append(waiter)

    @rule(target=openings)
    @precondition(lambda self: self.waiting)
    def retry(self) -> str:
        waiter = self.policy.retry(self.now)
        if waiter is None:
            return ""
        assert waiter == self.waiting.pop(0), "not the one who has waited longest"
        self.opening += 1
        return "opening"

    @rule(target=leases, opening=consumes(openings))
    def opened(self, opening: str) -> str:
        if not opening:
            return ""
        self.opening -= 1
        connection = self.name("c")
        self.alive.add(connection)
        granted = self.policy.opened(connection)
        assert [waiter for waiter, _ in granted] == self.waiting
        self.waiting.clear()
        for _, shared in granted:
            self.policy.checkin(self.lend(shared), self.now, is_usable=True)
            self.held[shared] -= 1
        return self.lend(connection)

    @rule(opening=consumes(openings))
    def open_failed(self, opening: str) -> None:
        if not opening:
            return
        self.opening -= 1
        failed = self.policy.open_failed(self.now)
        assert failed == (self.waiting if self.opening == 0 else [])
        if failed:
            self.waiting.clear()

    @rule(connection=consumes(leases), is_usable=st.booleans())
    def checkin(self, connection: str, is_usable: bool) -> None:
        if not connection:
            return
        self.held[connection] -= 1
        must_close = self.policy.checkin(connection, self.now, is_usable=is_usable)
        assert must_close == (not is_usable and not self.held[connection])
        if must_close:
            self.alive.remove(connection)

    @rule()
    def expire(self) -> None:
        expired = self.policy.expire(self.now)
        assert not any(self.held[connection] for connection in expired), "a held connection expired"
        self.alive -= set(expired)

    @rule()
    def probe(self) -> None:
        probed = self.policy.probe(self.now)
        assert set(probed) in (set(), self.alive - set(+self.held)), "probes are for all that are idle"
        assert not self.policy.probe(self.now), "not again at once"

    @rule(choice=st.integers(0, 2))
    @precondition(lambda self: self.alive)
    def lose(self, choice: int) -> None:
        """A connection is found broken: only one that nobody holds is taken away."""
        connection = sorted(self.alive)[choice % len(self.alive)]
        is_idle = not self.held[connection]
        assert self.policy.discard(connection) == is_idle
        if is_idle:
            self.alive.remove(connection)

    @rule()
    @precondition(lambda self: self.waiting)
    def cancel(self) -> None:
        assert self.policy.cancel(self.waiting.pop())

    @invariant()
    def numbers_agree(self) -> None:
        metrics = self.policy.metrics(NO_CALLS)
        assert metrics.connections == len(self.alive) + self.opening <= 3
        assert metrics.leases == sum(self.held.values())
        assert metrics.idle == len(self.alive - set(+self.held))
        assert metrics.waiting == len(self.waiting)
        assert not (self.waiting and self.alive), "somebody waits though there is a connection"


TestPoolMachine = PoolMachine.TestCase
