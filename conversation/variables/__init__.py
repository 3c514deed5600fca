"""Every setting of Hilo, in groups. A process composes the groups that it needs.

Names, defaults and meanings are here and nowhere else; ``docs/settings.md`` and ``.env.example``
are tested against them. A group is loaded when it is asked for: a cold start pays for its own
settings only (docs/decisions/0006-settings-of-our-own.md).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.variables.agents import AgentSettings as AgentSettings
    from conversation.variables.agents import ElevenLabsSettings as ElevenLabsSettings
    from conversation.variables.agents import WebhookSecretSettings as WebhookSecretSettings
    from conversation.variables.base import AwsSettings as AwsSettings
    from conversation.variables.base import IdentitySettings as IdentitySettings
    from conversation.variables.base import InboxSettings as InboxSettings
    from conversation.variables.base import LogSettings as LogSettings
    from conversation.variables.base import OutboxSettings as OutboxSettings
    from conversation.variables.base import RetentionSettings as RetentionSettings
    from conversation.variables.choices import AgentAuth as AgentAuth
    from conversation.variables.choices import AmbiguousSend as AmbiguousSend
    from conversation.variables.choices import ContinueCalls as ContinueCalls
    from conversation.variables.choices import DialectName as DialectName
    from conversation.variables.choices import NotifyDrops as NotifyDrops
    from conversation.variables.choices import Openers as Openers
    from conversation.variables.choices import OpenPolicy as OpenPolicy
    from conversation.variables.choices import Unsolicited as Unsolicited
    from conversation.variables.operators import NotifySettings as NotifySettings
    from conversation.variables.operators import PanelSettings as PanelSettings
    from conversation.variables.process import HealthSettings as HealthSettings
    from conversation.variables.process import IntakeSettings as IntakeSettings
    from conversation.variables.process import LeaseSettings as LeaseSettings
    from conversation.variables.sending import SendSettings as SendSettings
    from conversation.variables.sending import SweepSettings as SweepSettings
    from conversation.variables.sessions import ContextSettings as ContextSettings
    from conversation.variables.sessions import FloodSettings as FloodSettings
    from conversation.variables.sessions import SittingSettings as SittingSettings
    from conversation.variables.sessions import SocketSettings as SocketSettings
    from conversation.variables.starts import StartSettings as StartSettings
    from conversation.variables.twilio import PublicSettings as PublicSettings
    from conversation.variables.twilio import TwilioAccountSettings as TwilioAccountSettings
    from conversation.variables.twilio import TwilioApiSettings as TwilioApiSettings
    from conversation.variables.wording import WordSettings as WordSettings

_WHERE: Final[Mapping[str, str]] = {
    "AgentAuth": "choices",
    "AgentSettings": "agents",
    "AmbiguousSend": "choices",
    "AwsSettings": "base",
    "ContextSettings": "sessions",
    "ContinueCalls": "choices",
    "DialectName": "choices",
    "ElevenLabsSettings": "agents",
    "HealthSettings": "process",
    "IdentitySettings": "base",
    "InboxSettings": "base",
    "IntakeSettings": "process",
    "LeaseSettings": "process",
    "LogSettings": "base",
    "NotifyDrops": "choices",
    "NotifySettings": "operators",
    "OpenPolicy": "choices",
    "Openers": "choices",
    "OutboxSettings": "base",
    "PanelSettings": "operators",
    "PublicSettings": "twilio",
    "RetentionSettings": "base",
    "SendSettings": "sending",
    "FloodSettings": "sessions",
    "SittingSettings": "sessions",
    "SocketSettings": "sessions",
    "StartSettings": "starts",
    "SweepSettings": "sending",
    "TwilioAccountSettings": "twilio",
    "TwilioApiSettings": "twilio",
    "Unsolicited": "choices",
    "WebhookSecretSettings": "agents",
    "WordSettings": "wording",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what stands under the name
    """Load the module that ``name`` stands in."""
    if name not in _WHERE:
        raise AttributeError(f"no setting's group or choice is called {name}")
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found


def groups() -> list[type]:
    """Every group of settings."""
    return [__getattr__(name) for name in _WHERE if name.endswith("Settings")]
