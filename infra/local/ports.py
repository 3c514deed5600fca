"""Ports of this machine: a free one, and whether somebody answers at one."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request


def answers(url: str) -> bool:
    """Whether a GET of ``url`` (on this machine) answers 200 within a second."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=1) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's word for yes
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
