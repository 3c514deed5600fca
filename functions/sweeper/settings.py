"""What ``sweeper`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    PublicSettings,
    RetentionSettings,
    StartSettings,
    SweepSettings,
    TwilioAccountSettings,
    TwilioApiSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class SweeperSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    identity: IdentitySettings
    twilio: TwilioAccountSettings
    twilio_api: TwilioApiSettings
    start: StartSettings
    words: WordSettings
    sweep: SweepSettings
    public: PublicSettings
    retention: RetentionSettings
    log: LogSettings
