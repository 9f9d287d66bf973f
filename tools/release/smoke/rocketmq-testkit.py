"""A fake broker starts, takes a message by a bare socket, shows it, and stops; the conformance cases are there."""

import socket

from pyrocketmq.model import FrameDecoder, RemotingCommand, ResponseCode
from pyrocketmq.model.requests import SendMessageV2
from pyrocketmq.testkit import FakeBroker
from pyrocketmq.testkit.conformance import RECORDED_VERSIONS, load_cases, load_recordings

with FakeBroker(topics={"orders": 1}) as broker:
    host, _, port = broker.address.rpartition(":")
    request = SendMessageV2(producer_group="shop", topic="orders", queue_id=0, born_timestamp=0, body=b"order 17")
    with socket.create_connection((host, int(port)), timeout=10.0) as connection:
        connection.sendall(request.to_frame(opaque=1))
        (frame,) = FrameDecoder().feed(connection.recv(65536))
    assert RemotingCommand.decode(frame).code == ResponseCode.SUCCESS
    assert [message.body for message in broker.messages("orders")] == [b"order 17"]
assert len(load_cases()) > 300
assert all(load_recordings(version) for version in RECORDED_VERSIONS)
print("the fake took a message and showed it")
