"""Plugins that all tests share."""

from __future__ import annotations

pytest_plugins = ["real_rocketmq.pytest_plugin", "outcome_report"]
