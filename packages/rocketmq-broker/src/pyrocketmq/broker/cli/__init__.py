"""The command `rmq`: the main jobs of a client from a shell."""

from pyrocketmq.broker.cli.main import main

__all__ = ["main"]
