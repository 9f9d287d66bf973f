"""A request goes to a server of a few lines and is answered, to a thread and to a coroutine."""

import asyncio
import socket
import threading

from pyrocketmq.model import CommandFlag, FrameDecoder, RemotingCommand, ResponseCode
from pyrocketmq.model.requests import GetBrokerClusterInfo
from pyrocketmq.remote import AsyncRemote, Remote


def serve(server: socket.socket) -> None:
    """Answer one request on each of two connections."""
    for _ in range(2):
        connection, _ = server.accept()
        with connection:
            frames = FrameDecoder().feed(connection.recv(65536))
            asked = RemotingCommand.decode(next(iter(frames)))
            answer = RemotingCommand(ResponseCode.SUCCESS, opaque=asked.opaque, flag=CommandFlag.RESPONSE, body=b"here")
            connection.sendall(answer.encode())
            connection.recv(1)  # until the client has closed


async def ask(address: str) -> RemotingCommand:
    """Ask from a coroutine."""
    async with AsyncRemote(address) as remote:
        return await remote.invoke(GetBrokerClusterInfo(), timeout=10.0)


with socket.create_server(("127.0.0.1", 0)) as server:
    server_address = f"127.0.0.1:{server.getsockname()[1]}"
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    with Remote(server_address) as blocking:
        assert blocking.invoke(GetBrokerClusterInfo(), timeout=10.0).body == b"here"
    assert asyncio.run(ask(server_address)).body == b"here"
    thread.join(timeout=10.0)
print("two requests were answered")
