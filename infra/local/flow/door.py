"""Twilio's part at our webhook's door, for a person whose Twilio cannot be told what they write."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from conversation.errors import Transient
from infra.local.flow.ports import StepFailedError
from infra.local.twilio.inbound import Saying, form_of
from infra.local.twilio.signing import sign

if TYPE_CHECKING:
    from conversation.variables import TwilioAccountSettings
    from infra.local.twilio.records import Person

PATH: Final = "/twilio/whatsapp"
PATIENCE_S: Final = 15.0
"""How long Twilio waits for a webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDoor:
    """Posts what a person writes. ``gateway`` is where our webhook listens here."""

    account: TwilioAccountSettings
    public_base_url: str
    gateway: str
    person: Person
    look_in: str

    def post(self, text: str) -> str:
        """Sign and post one message, as Twilio would; its sid."""
        sid = f"SM{secrets.token_hex(16)}"
        form = form_of(
            Saying(body=text),
            sid=sid,
            person=self.person,
            account=self.account.account_sid,
            sender=self.account.sender,
            media_base="",
        )
        url = f"{self.public_base_url.rstrip('/')}{PATH}"
        signature = sign(self.account.auth_token, url, form.items())
        status = self._posted(form, signature)
        if status != 200:  # noqa: PLR2004 - HTTP's word for yes
            raise StepFailedError(
                expected="the webhook to take the message (200)",
                seen=f"it answered {status}",
                look_in=self.look_in,
            )
        return sid

    def _posted(self, form: dict[str, str], signature: str) -> int:
        try:
            return httpx.post(
                f"{self.gateway}{PATH}",
                data=form,
                headers={"X-Twilio-Signature": signature},
                timeout=PATIENCE_S,
                trust_env=False,
            ).status_code
        except httpx.HTTPError as error:
            raise Transient(f"the webhook gave no answer: {error}", reason="no_answer") from error
