"""What ``batch_monitor`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    ElevenLabsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    RetentionSettings,
    StartSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    identity: IdentitySettings
    elevenlabs: ElevenLabsSettings
    start: StartSettings
    words: WordSettings
    retention: RetentionSettings
    log: LogSettings
