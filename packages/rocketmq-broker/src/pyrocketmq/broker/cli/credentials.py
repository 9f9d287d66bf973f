"""Credentials from a file, for those who do not want them in the environment; never from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pyrocketmq.broker.cli.errors import UsageError
from pyrocketmq.remote.config import Credentials

_LINE: Final = re.compile(r"\s*(\w+)\s*[:=]\s*(.*?)\s*").fullmatch
_NAMES: Final = {"accesskey": "access_key", "secretkey": "secret_key", "securitytoken": "security_token"}


def read_credentials(name: str) -> Credentials:
    """Read `accessKey` and `secretKey`, and `securityToken` if it is there, each on a line with `:` or `=`.

    That is what RocketMQ's own `tools.yml` looks like. Lines with other names are passed over.

    Args:
        name: Name of the file.

    Raises:
        UsageError: the file cannot be read, or lacks one of them. No value of it is in the message.
    """
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8"
        raise UsageError(f"credentials of {name!r} cannot be read: {reason}") from error
    found: dict[str, str] = {}
    for line in lines:
        match = _LINE(line)
        field = match and _NAMES.get(match[1].replace("_", "").lower())
        if match and field:
            found[field] = match[2].strip("\"'")
    missing = [name for name in ("access_key", "secret_key") if not found.get(name)]
    if missing:
        raise UsageError(
            f"credentials of {name!r} lack {' and '.join(missing)}: expected a line accessKey: NAME "
            "and a line secretKey: SECRET"
        )
    return Credentials(found["access_key"], found["secret_key"], found.get("security_token"))
