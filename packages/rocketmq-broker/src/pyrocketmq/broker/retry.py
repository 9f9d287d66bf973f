"""When a failed request is sent again, and how long after."""

from __future__ import annotations

from dataclasses import dataclass
from random import random
from typing import Final

from pyrocketmq.broker.errors import BrokerBusyError, BrokerConnectionError, BrokerError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and after which errors a call is repeated, inside its deadline.

    The wait doubles from `backoff` up to `max_backoff`.

    Attributes:
        max_attempts: Attempts in all, the first included; 1 or more.
        backoff: Seconds before the second attempt.
        max_backoff: Longest wait in seconds.
        jitter: Part of each wait that is random, 0 (none) to 1 (all of it), so that clients do not come back in step.
        retry_on: Classes of errors after which the call is repeated.
        repeat_arrived: Repeat also where the server may have carried the request out already. A send that is repeated
            then can store its message twice.

    Raises:
        ValueError: an attribute is out of its range.
    """

    max_attempts: int = 3
    backoff: float = 0.1
    max_backoff: float = 2.0
    jitter: float = 0.5
    retry_on: tuple[type[BrokerError], ...] = (BrokerConnectionError, BrokerBusyError)
    repeat_arrived: bool = False

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts {self.max_attempts} is less than 1")
        if not 0 <= self.backoff <= self.max_backoff:
            raise ValueError(f"backoff {self.backoff} is not within 0 to max_backoff {self.max_backoff}")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter {self.jitter} is not within 0 to 1")

    def wait_after(self, attempt: int, error: BrokerError) -> float | None:
        """Return the seconds to wait before the next attempt; `None` to give up.

        Args:
            attempt: Number of the attempt that failed, from 1.
            error: How it failed.
        """
        if attempt >= self.max_attempts or not isinstance(error, self.retry_on):
            return None
        if error.may_have_arrived and not self.repeat_arrived:
            return None
        wait = min(self.backoff * 2.0 ** (attempt - 1), self.max_backoff)
        return wait * (1 - self.jitter * random())


RESEND_UNSENT: Final = RetryPolicy(max_attempts=2, retry_on=(BrokerConnectionError,))
"""Default of everything that changes something: repeat only what cannot have reached the server."""

REPEAT_READS: Final = RetryPolicy(max_attempts=4, repeat_arrived=True)
"""Default of what may be done twice without harm, reads above all: repeat after a lost connection and a busy broker."""
