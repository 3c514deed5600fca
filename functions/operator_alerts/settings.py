"""What ``operator_alerts`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    InboxSettings,
    LogSettings,
    NotifySettings,
    PublicSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    public: PublicSettings
    words: WordSettings
    notify: NotifySettings
    log: LogSettings
