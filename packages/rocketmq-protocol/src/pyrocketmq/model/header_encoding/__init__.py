"""The two encodings of a frame's header: JSON and the binary ROCKETMQ form."""
