"""Plugins that all tests share."""

from __future__ import annotations

from importlib.util import find_spec

pytest_plugins = ["real_rocketmq.pytest_plugin", "outcome_report", "shared_bytecode"]
if find_spec("pyrocketmq.testkit") is not None:  # not where the protocol package is tested alone
    pytest_plugins.append("pyrocketmq.testkit.pytest_plugin")
