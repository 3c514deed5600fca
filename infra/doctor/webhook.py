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
        return ok("signature_base", "not used: Twilio is polled")
    if parts.query or parts.fragment or parts.username:
        return _bad_base("has more than a host and a path")
    if parts.scheme != "https" and not simulated:
        return _bad_base("is not https")
    if is_private(public) and not simulated:
        return _bad_base("is an address that only this machine or its network knows")
    return ok("signature_base", f"webhooks are signed for {public.base_url}")


def registered(
    sender: dict[str, Any] | None, account: TwilioAccountSettings, public: PublicSettings
) -> Finding:
    """Whether Twilio calls us: the URL on the sender is ours, with its overrides."""
    if public.poll_twilio:
        return ok("twilio_webhook", "not used: POLL_TWILIO=yes fetches what people write")
    wanted = wanted_url(public)
    if sender is None:
        where = (
            "the sandbox' settings cannot be read"
            if account.sender == SANDBOX
            else "the sender cannot be read"
        )
        return untold(
            "twilio_webhook", where, f"Fill in at Twilio, «When a message comes in», POST: {wanted}"
        )
    webhook = sender.get("webhook") or {}
    url, method = str(webhook.get("callback_url") or ""), str(webhook.get("callback_method") or "")
    fault = _fault(url, method, wanted, lenient=is_private(public))
    return judged(
        "twilio_webhook",
        holds=not fault,
        good=f"Twilio calls {url}",
        bad=fault,
        remedy=f"Fill in at the sender, «When a message comes in», POST: {wanted}",
    )


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
        return ok("webhook_answers", "our webhook takes signatures made with this token and URL")
    if answer.status == _FORBIDDEN:
        return failed(
            "webhook_answers",
            "our webhook does not take a signature made with this token and PUBLIC_BASE_URL",
            "Give the deployed functions the same TWILIO_AUTH_TOKEN and PUBLIC_BASE_URL as here.",
        )
    if answer.status == _UNAVAILABLE and said:
        return failed(
            "webhook_answers",
            said.replace("\n", "; "),
            "Fill these in, in the deployment's secret.",
        )
    seen = "nothing" if answer.status == NO_ANSWER else f"something else ({answer.status})"
    return failed(
        "webhook_answers",
        f"{seen} answers at {public.base_url}{PATH}",
        "Set PUBLIC_BASE_URL to the deployed API's address (output PublicUrl), or POLL_TWILIO=yes.",
    )


def is_private(public: PublicSettings) -> bool:
    """Whether Twilio cannot reach the address."""
    host = urlsplit(public.base_url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _fault(url: str, method: str, wanted: str, *, lenient: bool) -> str:
    """``lenient``: on one machine nothing gets lost on the way."""
    if not url:
        return "the sender has no webhook: what people write goes nowhere"
    if urldefrag(url).url != urldefrag(wanted).url:
        return f"Twilio calls {urldefrag(url).url}"
    if method.upper() not in {"POST", ""}:
        return f"Twilio calls with {method}"
    overrides = overrides_of(url)
    if lenient or (overrides.retries and overrides.retried >= NEEDED):
        return ""
    return "Twilio would not try again where we fail: the URL lacks its connection overrides"


def _bad_base(why: str) -> Finding:
    return failed(
        "signature_base",
        f"PUBLIC_BASE_URL {why}",
        "Set PUBLIC_BASE_URL to the https address of the webhooks (output PublicUrl), or "
        "POLL_TWILIO=yes.",
    )
