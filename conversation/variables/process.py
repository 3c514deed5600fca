"""How a connector lives beside others: leases, doorbells, health."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import number, optional, whole
from conversation.settings import setting


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """How connectors share the shards, and how one of them leaves."""

    connector_id: str | None = setting(
        "CONNECTOR_ID",
        "the name of this connector among the others; by default a new one at each start",
        optional,
        default="",
    )
    ttl_s: float = setting(
        "LEASE_TTL_S",
        "a shard whose owner has not shown itself for this long is taken over by another",
        number(1, 300),
        default="8",
    )
    tick_s: float = setting(
        "LEASE_TICK_S",
        "how often a connector renews its leases and looks at the others'",
        number(0.05, 60),
        default="2",
    )
    drain_s: float = setting(
        "DRAIN_S",
        "how long a connector that is told to stop waits for answers it still owes",
        number(0, 100),
        default="20",
    )


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How the connector listens for doorbells."""

    wait_s: int = setting(
        "INBOX_WAIT_S",
        "how long one request waits for a doorbell; a connector that stops waits as long at most",
        whole(0, 20),
        default="20",
    )


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """Where the connector tells how it is."""

    host: str = setting(
        "HEALTH_HOST",
        "the address on which /healthz, /connections and /metrics are served",
        default="127.0.0.1",
    )
    port: int = setting(
        "HEALTH_PORT", "their port; 0 takes a free one", whole(0, 65_535), default="8080"
    )
