"""Opening connections: name look-up, TCP and TLS within one deadline, for threads and for asyncio.

All addresses of a name are tried in turn; each gets an even share of the time that is left, so that one that swallows
packets does not use up the others' time.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.remote.errors import RemoteConnectionError, text_of
from pyrocketmq.remote.peer import NOTHING_LISTENS, about_handshake
from pyrocketmq.remote.socket_options import prepare

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Found: TypeAlias = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, SocketAddress]]
"""What `getaddrinfo` returns."""

_LEAST_WAIT: Final = 0.001
_HANDSHAKE: Final = "TLS handshake failed"

import_module("encodings.idna")
# `getaddrinfo` imports it at first use. A process forked in that moment would wait for the end of the import for ever.


class Dialing:
    """One attempt to open a connection to one address.

    Args:
        address: The server, as the user or a broker named it.
        config: Brings the resolver hook and TLS.
        timeout: Seconds for everything.
    """

    def __init__(self, address: Address, config: RemoteConfig, timeout: float) -> None:
        self.address = address
        self.target = address if config.address_resolver is None else config.address_resolver(address)
        self.timeout = timeout
        self._step = ""
        self._config = config
        self._started = monotonic()

    def dial(self) -> socket.socket:
        """Return a connected socket, with TLS if the config says so.

        Raises:
            RemoteConnectionError: no address of the name could be reached in time, or TLS failed.
        """
        failures: list[OSError] = []
        for sock, address, share in self._sockets(self._look_up(), failures):
            try:
                sock.settimeout(share)
                sock.connect(address)
                prepare(sock, self._config)
                return self._secured(sock)
            except OSError as error:
                sock.close()
                failures.append(error)
            except BaseException:
                sock.close()
                raise
        raise self.failure(failures[-1])

    async def dial_async(self) -> socket.socket:
        """Return a connected non-blocking socket, without TLS: that is the event loop's part.

        Raises:
            RemoteConnectionError: no address of the name could be reached in time.
        """
        loop = asyncio.get_running_loop()
        failures: list[OSError] = []
        for sock, address, share in self._sockets(await self._look_up_async(loop), failures):
            try:
                sock.setblocking(False)
                async with asyncio.timeout(share):
                    await loop.sock_connect(sock, address)
                prepare(sock, self._config)
            except OSError as error:  # a TimeoutError is one
                sock.close()
                # asyncio has its own words for the system's errors.
                failures.append(OSError(error.errno, os.strerror(error.errno)) if error.errno else error)
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise self.failure(failures[-1])

    async def hand_to_loop(self, sock: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        """Let the running event loop serve a connected socket, with TLS if the config says so.

        Raises:
            RemoteConnectionError: TLS failed, or not in time.
        """
        context = tls_context(self._config)
        loop = asyncio.get_running_loop()
        if context is None:
            await loop.create_connection(protocol, sock=sock)
            return
        self._step = _HANDSHAKE
        remaining = self.remaining()
        try:
            async with asyncio.timeout(remaining):
                await loop.create_connection(
                    protocol, sock=sock, ssl=context, server_hostname=self.target.host, ssl_handshake_timeout=remaining
                )
        except (OSError, ValueError) as error:
            raise self.failure(error) from error

    def remaining(self) -> float:
        """Return the seconds that are left; never quite nothing, because 0 has a meaning of its own to sockets."""
        return max(_LEAST_WAIT, self._started + self.timeout - monotonic())

    def failure(self, error: BaseException) -> RemoteConnectionError:
        """Return the error that says at which step dialling failed, chained to its cause."""
        elapsed = monotonic() - self._started
        dialled = "" if self.target == self.address else f" (dialled {self.target})"
        is_late = isinstance(error, TimeoutError) or elapsed >= self.timeout
        reason = f"timed out after {elapsed:.1f} s" if is_late else text_of(error)
        advice = about_handshake(error) if self._step == _HANDSHAKE else None
        if isinstance(error, ConnectionRefusedError):
            advice = NOTHING_LISTENS
        reason += f": {advice}" if advice else ""
        failure = RemoteConnectionError(f"{self._step}{dialled}: {reason}", address=self.address, elapsed=elapsed)
        failure.__cause__ = error
        return failure

    def _sockets(self, found: Found, failures: list[OSError]) -> Iterator[tuple[socket.socket, SocketAddress, float]]:
        """Give a socket for each address in turn, and the seconds that connecting it may take."""
        self._step = "cannot connect"
        for index, (family, _, _, _, address) in enumerate(found):
            try:
                sock = socket.socket(family, socket.SOCK_STREAM)
            except OSError as error:  # this system has no such family, or no file descriptor left
                failures.append(error)
            else:
                yield sock, address, self.remaining() / (len(found) - index)

    def _secured(self, sock: socket.socket) -> socket.socket:
        context = tls_context(self._config)
        if context is None:
            return sock
        self._step = _HANDSHAKE
        sock.settimeout(self.remaining())
        try:
            return context.wrap_socket(sock, server_hostname=self.target.host)
        except (OSError, ValueError) as error:
            sock.close()
            raise self.failure(error) from error

    def _look_up(self) -> Found:
        self._step = f"cannot look up {self.target.host}"
        found = self._numeric()
        if found is not None:
            return found
        # `getaddrinfo` takes no timeout, so it gets a thread that can be left behind.
        results: SimpleQueue[Found | OSError | UnicodeError] = SimpleQueue()

        def look_up() -> None:
            try:
                results.put(socket.getaddrinfo(self.target.host, self.target.port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                results.put(error)

        threading.Thread(target=look_up, name=f"rocketmq-lookup-{self.target.host}", daemon=True).start()
        try:
            result = results.get(timeout=self.remaining())
        except Empty:
            result = TimeoutError()
        if isinstance(result, Exception):
            raise self.failure(result) from result
        return result

    async def _look_up_async(self, loop: asyncio.AbstractEventLoop) -> Found:
        self._step = f"cannot look up {self.target.host}"
        found = self._numeric()
        if found is not None:
            return found
        try:
            async with asyncio.timeout(self.remaining()):
                return await loop.getaddrinfo(self.target.host, self.target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise self.failure(error) from error

    def _numeric(self) -> Found | None:
        """Return the address if the host is no name; nothing has to be looked up then."""
        try:
            return socket.getaddrinfo(
                self.target.host, self.target.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return None


def tls_context(config: RemoteConfig) -> ssl.SSLContext | None:
    """Return the context that the config asks for."""
    if config.tls is True:
        return _default_context()
    return config.tls or None


@cache
def _default_context() -> ssl.SSLContext:
    import ssl  # only where TLS is used: it is slow to import

    return ssl.create_default_context()
