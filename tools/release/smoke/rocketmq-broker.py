"""Without a broker, a client says so, typed and in one line; with one, see `rmq demo`."""

import socket

from pyrocketmq.broker import BrokerConnectionError, create_broker_client
from pyrocketmq.model import MessageQueue

with socket.create_server(("127.0.0.1", 0)) as server:
    address = f"127.0.0.1:{server.getsockname()[1]}"  # closed again before it is used
try:
    with create_broker_client(address) as client:
        client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
except BrokerConnectionError as error:
    print(error)
else:
    raise AssertionError("there is no broker")
