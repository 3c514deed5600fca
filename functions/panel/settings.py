"""What ``panel`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AgentSettings,
    AwsSettings,
    ElevenLabsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    NotifySettings,
    OutboxSettings,
    PanelSettings,
    PublicSettings,
    SocketSettings,
)


@dataclass(frozen=True, slots=True)
class PanelProcessSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    identity: IdentitySettings
    public: PublicSettings
    agent: AgentSettings
    sockets: SocketSettings
    notify: NotifySettings
    panel: PanelSettings
    log: LogSettings


@dataclass(frozen=True, slots=True)
class AgentAccess:
    """What it reads besides, where it is there: without it there are no transcripts."""

    elevenlabs: ElevenLabsSettings
