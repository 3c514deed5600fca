"""What one connection may take, in time and in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take, in time and in memory.

    ``connect_timeout_s`` is for each address of the host. ``write_timeout_s`` is how long the
    other side may take nothing while something waits for it.
    """

    dns_timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    tls_timeout_s: float = 10.0
    upgrade_timeout_s: float = 10.0
    refusal_timeout_s: float = 1.0
    close_timeout_s: float = 3.0
    write_timeout_s: float = 20.0
    max_queued_bytes: int = 256 * 1024
    max_message_bytes: int = 16 * 1024 * 1024
