"""What a broker keeps: messages, topics, groups, offsets, locks. Plain Python, without sockets or requests."""
