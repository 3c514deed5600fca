"""Whether what people write reaches us: the address at Twilio, and the signature at our door."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urldefrag, urlsplit

from infra.doctor.asking import NO_ANSWER, Answer, answer_of
from infra.doctor.findings import failed, judged, ok, untold
from infra.doctor.twilio import SANDBOX
from infra.local.twilio.overrides import Trouble, overrides_of
from infra.local.twilio.signing import sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx

    from conversation.findings import Finding
    from conversation.variables import PublicSettings, TwilioAccountSettings

PATH: Final = "/twilio/whatsapp"
OVERRIDES: Final = "#rc=2&rp=ct,rt,5xx&ct=1500&rt=3500"
"""By itself Twilio tries again only where it could not connect."""

NEEDED: Final = frozenset({Trouble.CONNECT, Trouble.READ, Trouble.SERVER_ERROR})
NOBODY: Final = "AC" + "0" * 32
NOT_OURS: Final = "another account"
"""What our webhook says to a request that is well signed, for an account that is not ours."""

_FORBIDDEN, _UNAVAILABLE = 403, 503


def wanted_url(public: PublicSettings) -> str:
    """What is to be filled in at Twilio."""
    return public.base_url.partition("#")[0].rstrip("/") + PATH + OVERRIDES


def signature_base(public: PublicSettings, *, simulated: bool) -> Finding:
    """Whether ``PUBLIC_BASE_URL`` can be what Twilio signs for."""
    parts = urlsplit(public.base_url)
    if public.poll_twilio:
        return ok("signature_base", "base_needless")
    if parts.query or parts.fragment or parts.username:
        return failed("signature_base", "base_has_more")
    if parts.scheme != "https" and not simulated:
        return failed("signature_base", "base_insecure")
    if is_private(public) and not simulated:
        return failed("signature_base", "base_private")
    return ok("signature_base", "base_public", url=public.base_url)


def registered(
    sender: dict[str, Any] | None, account: TwilioAccountSettings, public: PublicSettings
) -> Finding:
    """Whether Twilio calls us: the URL on the sender is ours, with its overrides."""
    if public.poll_twilio:
        return ok("twilio_webhook", "hook_needless")
    wanted = wanted_url(public)
    if sender is None:
        if account.sender == SANDBOX:
            return untold("twilio_webhook", "hook_of_sandbox", wanted=wanted)
        return untold("twilio_webhook", "hook_unread", wanted=wanted)
    webhook = sender.get("webhook") or {}
    url, method = str(webhook.get("callback_url") or ""), str(webhook.get("callback_method") or "")
    return _called(url, method, wanted, lenient=is_private(public))


def probe(
    http: httpx.Client,
    account: TwilioAccountSettings,
    public: PublicSettings,
    clock: Callable[[], datetime],
) -> Answer:
    """A request that is signed as Twilio signs, and for nobody's account: it stores nothing."""
    url = public.base_url.partition("#")[0].rstrip("/") + PATH
    form = {"AccountSid": NOBODY, "Body": "hilo doctor"}
    signature = sign(account.auth_token, url, form.items())
    request = http.build_request("POST", url, data=form, headers={"X-Twilio-Signature": signature})
    return answer_of(http, request, clock)


def answering(answer: Answer, public: PublicSettings) -> Finding:
    """What the webhook makes of ``probe``: only one that shares token and address sees who asks."""
    said = str(answer.document.get("message", ""))
    if answer.status == _FORBIDDEN and NOT_OURS in said:
        return ok("webhook_answers", "webhook_ours")
    if answer.status == _FORBIDDEN:
        return failed("webhook_answers", "webhook_doubts_us")
    if answer.status == _UNAVAILABLE and said:
        return failed("webhook_answers", "webhook_unset", said=said.replace("\n", "; "))
    url = f"{public.base_url}{PATH}"
    if answer.status == NO_ANSWER:
        return failed("webhook_answers", "webhook_silent", url=url)
    return failed("webhook_answers", "webhook_strange", url=url, status=answer.status)


def is_private(public: PublicSettings) -> bool:
    """Whether Twilio cannot reach the address."""
    host = urlsplit(public.base_url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _called(url: str, method: str, wanted: str, *, lenient: bool) -> Finding:
    """``lenient``: on one machine nothing gets lost on the way."""
    if not url:
        return failed("twilio_webhook", "hook_missing", wanted=wanted)
    called = urldefrag(url).url
    if called != urldefrag(wanted).url:
        return failed("twilio_webhook", "hook_elsewhere", called=called, wanted=wanted)
    if method.upper() not in {"POST", ""}:
        return failed("twilio_webhook", "hook_by_other", method=method, wanted=wanted)
    overrides = overrides_of(url)
    return judged(
        "twilio_webhook",
        holds=lenient or (overrides.retries > 0 and overrides.retried >= NEEDED),
        good="hook_called",
        bad="hook_unrepeated",
        called=url,
        wanted=wanted,
    )
