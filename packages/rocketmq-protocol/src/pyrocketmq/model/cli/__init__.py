"""The command `rmq-decode`: prints frames of the protocol readable."""

from pyrocketmq.model.cli.main import main

__all__ = ["main"]
