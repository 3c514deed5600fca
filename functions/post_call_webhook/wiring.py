"""The webhook's composition root. Built once a process, at the first request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conversation.adapters.composition import renewed
from conversation.adapters.continuing import continuing
from conversation.adapters.elevenlabs.reading import call_of
from conversation.adapters.signals import logged
from conversation.errors import MisconfiguredError
from conversation.settings import read, variables_of
from conversation.variables import WebhookSecretSettings
from functions.post_call_webhook.continue_call import PostCall
from functions.post_call_webhook.settings import PostCallSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.signals import Signals

SERVICE: Final = "post_call_webhook"


@dataclass(frozen=True, slots=True)
class Application:
    """What the handler calls."""

    post_call: PostCall
    signals: Signals


@renewed(SERVICE)
def application(values: Mapping[str, str]) -> Application:
    """Everything, wired. Raises ``MisconfiguredError``; then the next request tries again."""
    settings = read(PostCallSettings, values)
    if settings.webhook.secret is None:
        (secret,) = variables_of(WebhookSecretSettings)
        raise MisconfiguredError([f"{secret.name} is missing: {secret.meaning}"])
    signals = logged(SERVICE, settings.log.level)
    continuation, decisions = continuing(settings, signals)
    post_call = PostCall(
        secret=settings.webhook.secret,
        continuation=continuation,
        decisions=decisions,
        read_call=call_of,
        signals=signals,
    )
    return Application(post_call, signals)
