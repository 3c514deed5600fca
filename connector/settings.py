"""What the connector reads of the environment: every fault is found before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.errors import MisconfiguredError
from conversation.settings import read
from conversation.variables import (  # noqa: TC001 - read() resolves the annotations at run time
    AgentSettings,
    AwsSettings,
    ContextSettings,
    ElevenLabsSettings,
    FloodSettings,
    HealthSettings,
    InboxSettings,
    IntakeSettings,
    LeaseSettings,
    LogSettings,
    OutboxSettings,
    SittingSettings,
    SocketSettings,
    WordSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_TICKS_A_LEASE: Final = 3


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """The connector's settings."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    elevenlabs: ElevenLabsSettings
    agent: AgentSettings
    sockets: SocketSettings
    sittings: SittingSettings
    floods: FloodSettings
    context: ContextSettings
    words: WordSettings
    leases: LeaseSettings
    intake: IntakeSettings
    health: HealthSettings
    log: LogSettings


@dataclass(frozen=True, slots=True)
class BareSettings:
    """What a connector needs to say that it waits for the others."""

    health: HealthSettings
    log: LogSettings


def load(values: Mapping[str, str]) -> ConnectorSettings:
    """The settings. Raises ``MisconfiguredError`` naming every fault."""
    settings = read(ConnectorSettings, values)
    leases = settings.leases
    if leases.ttl_s < _TICKS_A_LEASE * leases.tick_s:
        raise MisconfiguredError(
            [
                (
                    f"LEASE_TTL_S is wrong: {leases.ttl_s:g} s is less than {_TICKS_A_LEASE} times "
                    f"LEASE_TICK_S ({leases.tick_s:g} s): one slow answer would lose a shard"
                )
            ]
        )
    return settings
