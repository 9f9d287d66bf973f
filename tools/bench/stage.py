"""Where a case is played: a real broker, a topic on it, and everything that the sides open, closed together."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Final, Self

from bench import requests
from bench.asynchronous import concurrently
from bench.bare import BareSocket, bare_socket
from bench.java_client import JavaClient, java_client
from bench.requests import BODY, GROUP
from pyrocketmq.broker import AsyncBrokerClient, BrokerClient, create_async_broker_client, create_broker_client
from pyrocketmq.model import MessageQueue
from pyrocketmq.remote import AsyncRemote, Remote, RemoteConfig
from real_rocketmq import RealRocketMQ

VERSION: Final = "5.4.0"
PULLABLE: Final = 16384
"""Messages in the queue that is pulled from."""

_TOPIC: Final = "bench"
_QUEUES: Final = 4
_IN_FLIGHT: Final = 256
_WARM_UP: Final = 50_000
# Sends before the first case: the broker's virtual machine compiles what is called often, while the first ones wait.


class Stage:
    """A broker with a topic, and what is connected to it."""

    def __init__(self) -> None:
        # Without this the broker refuses sends that waited 0.2 s in its queue, as happens while its machine is busy.
        self._server = RealRocketMQ(VERSION, properties={"waitTimeMillsInSendQueue": "10000"})
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._exits.enter_context(self._server)
        with create_broker_client(self.address) as client:
            client.create_topic(_TOPIC, _QUEUES)
        self.bare().ask_with(requests.frame_of(requests.send(self.mq)), _IN_FLIGHT, _WARM_UP)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    @property
    def address(self) -> str:
        """The broker's address."""
        return self._server.broker_address

    @property
    def mq(self) -> MessageQueue:
        """The queue to send to."""
        return MessageQueue(_TOPIC, self._server.broker_name, 0)

    @property
    def large(self) -> MessageQueue:
        """A queue for large messages, empty at first."""
        return self.mq._replace(queue_id=2)

    @cached_property
    def filled(self) -> MessageQueue:
        """A queue with `PULLABLE` messages of 1 KiB, each with a tag and a key."""
        mq = self.mq._replace(queue_id=1)
        client = self.async_client()
        numbers = iter(range(PULLABLE))

        async def send() -> None:
            await client.sync_send_message(GROUP, BODY, mq, tags="paid", keys=[str(next(numbers))])

        self.runner.run(concurrently(send, _IN_FLIGHT, PULLABLE))
        return mq

    @cached_property
    def runner(self) -> asyncio.Runner:
        """The event loop of all asyncio sides."""
        return self._exits.enter_context(asyncio.Runner())

    @cached_property
    def java(self) -> JavaClient:
        """The Java client."""
        filled, mq = self.filled, self.mq
        arguments = (self._server.namesrv_address, mq.topic, mq.broker_name, mq.queue_id, filled.queue_id, PULLABLE)
        return self._exits.enter_context(java_client(VERSION, [*map(str, arguments), str(len(BODY))]))

    def bare(self, tls: ssl.SSLContext | None = None) -> BareSocket:
        """Connect a bare socket."""
        return self._exits.enter_context(bare_socket(self.address, tls))

    def remote(self) -> Remote:
        """Connect a `Remote`."""
        return self._exits.enter_context(Remote(self.address))

    def async_remote(self, tls: ssl.SSLContext | bool = False) -> AsyncRemote:
        """Make an `AsyncRemote`; it connects on its first call."""
        runner, remote = self.runner, AsyncRemote(self.address, RemoteConfig(tls=tls))
        self._exits.callback(lambda: runner.run(remote.close()))
        return remote

    def client(self) -> BrokerClient:
        """Connect a client."""
        return self._exits.enter_context(create_broker_client(self.address))

    def async_client(self) -> AsyncBrokerClient:
        """Connect a client for asyncio."""
        runner = self.runner
        client = runner.run(create_async_broker_client(self.address))
        self._exits.callback(lambda: runner.run(client.disconnect()))
        return client


def unverified_tls() -> ssl.SSLContext:
    """Return a context that takes any certificate, as the broker's own is made up when it starts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
