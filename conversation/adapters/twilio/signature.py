"""Who sent this request: Twilio's signature over the address *we* configured and the form.

Source: Twilio, "Webhooks security". Of the SDK only ``request_validator`` is imported: the whole
would cost a cold start 150 ms (docs/decisions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twilio.request_validator import (  # type: ignore[import-untyped]  # the SDK has no types
    SIGNATURE_HEADER,
    RequestValidator,
)

from conversation.adapters.twilio.form import CONTENT_TYPE, Form, read_form
from conversation.errors import Refused

if TYPE_CHECKING:
    from conversation.adapters.gateway import Request


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets in what Twilio signed for our account, at one path, and nothing else.

    ``base_url`` is the address as it is configured at Twilio. The request's own Host and path are
    never looked at: they belong to whoever wrote the request. Both tokens of a rotation are taken.
    """

    base_url: str
    path: str
    account_sid: str
    auth_tokens: tuple[str, ...]

    def admit(self, request: Request) -> dict[str, str]:
        """The parameters of ``request``. Raises ``Refused``: ``refusals.told`` answers it."""
        if request.method != "POST":
            raise Refused("only POST is taken here", reason="bad_method")
        signature = request.header(SIGNATURE_HEADER)
        if not signature:
            raise Refused("the request is not signed", reason="not_signed")
        if request.header("content-type").partition(";")[0].strip().lower() != CONTENT_TYPE:
            raise Refused(f"only {CONTENT_TYPE} is taken here", reason="bad_content_type")
        form = read_form(request.body)
        if not self._signed(request.raw_query, form, signature):
            raise Refused("the signature is not Twilio's", reason="not_signed")
        params = form.params()
        if params.get("AccountSid") != self.account_sid:
            raise Refused("the request is for another account", reason="not_ours")
        return params

    def url(self, raw_query: str) -> str:
        """What Twilio signed: never the fragment with its connection overrides."""
        address = self.base_url.partition("#")[0].rstrip("/") + self.path
        return f"{address}?{raw_query}" if raw_query else address

    def _signed(self, raw_query: str, form: Form, signature: str) -> bool:
        url = self.url(raw_query)
        return any(
            RequestValidator(token).validate(url, form, signature) for token in self.auth_tokens
        )
