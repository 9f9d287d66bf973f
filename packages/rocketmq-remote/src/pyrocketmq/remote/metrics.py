"""Counters of a remote, and the typed snapshots that users read."""

from __future__ import annotations

from dataclasses import dataclass

_BUCKETS = 40


class Counters:
    """What a remote counts over all its connections; plain numbers, each changed by one thread at a time."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "connects",
        "late_answers",
        "latency",
        "losses",
        "oneways",
        "pushes",
        "requests",
        "responses",
        "timeouts",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.oneways = 0
        self.responses = 0
        self.pushes = 0
        self.timeouts = 0
        self.late_answers = 0
        self.connects = 0
        self.losses = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.latency = [0] * _BUCKETS

    def answered(self, seconds: float) -> None:
        """Count one answer by the time it took."""
        # The bit length of the microseconds: buckets that double, without a search.
        self.latency[int(seconds * 1e6).bit_length()] += 1

    def snapshot(self, in_flight: int) -> RemoteMetrics:
        """Return the numbers as they are now."""
        return RemoteMetrics(
            in_flight=in_flight,
            requests=self.requests,
            oneways=self.oneways,
            responses=self.responses,
            pushes=self.pushes,
            timeouts=self.timeouts,
            late_answers=self.late_answers,
            connects=self.connects,
            losses=self.losses,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            latency=tuple((2**bits / 1e6, count) for bits, count in enumerate(self.latency) if count),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMetrics:
    """What one remote has done since it was made.

    Attributes:
        in_flight: Calls that wait for their answer now.
        requests: Requests sent that are answered.
        oneways: Requests sent that are not answered.
        responses: Answers that a call was waiting for.
        pushes: Requests received from the server.
        timeouts: Calls whose deadline passed.
        late_answers: Answers that no call was waiting for any more.
        connects: Connections opened.
        losses: Connections that ended otherwise than by `close()`.
        bytes_in: Bytes received.
        bytes_out: Bytes sent.
        latency: Histogram of the answered calls: (upper bound in seconds, calls in this bucket) in ascending order,
            without empty buckets. A bound is twice the one before it.
    """

    in_flight: int
    requests: int
    oneways: int
    responses: int
    pushes: int
    timeouts: int
    late_answers: int
    connects: int
    losses: int
    bytes_in: int
    bytes_out: int
    latency: tuple[tuple[float, int], ...]

    @property
    def reconnects(self) -> int:
        """Connections opened beyond the first."""
        return max(0, self.connects - 1)
