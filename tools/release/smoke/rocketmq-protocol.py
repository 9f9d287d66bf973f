"""A request goes through its wire form and back."""

from pyrocketmq.model import FrameDecoder, RemotingCommand
from pyrocketmq.model.requests import GetMaxOffset

request = GetMaxOffset(topic="orders", queue_id=3)
(frame,) = FrameDecoder().feed(request.to_frame(opaque=1))
command = RemotingCommand.decode(frame)
assert command.opaque == 1
assert GetMaxOffset.from_command(command) == request

print("a request came back as it was sent")
