"""What ``delivery_status`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    PublicSettings,
    StartSettings,
    TwilioAccountSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class StatusSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    twilio: TwilioAccountSettings
    public: PublicSettings
    start: StartSettings
    words: WordSettings
    log: LogSettings
