"""The account, its sender, and the template that opens a conversation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from infra.doctor.asking import NO_ANSWER, Answer
from infra.doctor.findings import failed, judged, ok, untold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conversation.findings import Finding
    from conversation.variables import StartSettings

Json = dict[str, Any]

SANDBOX: Final = "whatsapp:+14155238886"
"""Twilio's sandbox: one number for everybody, which no account lists as its own."""

ONLINE: Final = frozenset({"ONLINE", "ONLINE:UPDATING"})
APPROVED: Final = "approved"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TEMPLATES: Final = "docs/templates/README.md says how"


def credentials(answer: Answer) -> Finding:
    """``answer`` is the account's own page."""
    if answer.status == NO_ANSWER:
        return failed(
            "twilio_credentials",
            "Twilio gives no answer",
            "Check TWILIO_API_URL and this machine's way to the internet.",
        )
    status = str(answer.document.get("status", ""))
    if answer.good and status == "active":
        trial = answer.document.get("type") == "Trial"
        note = ", a trial: 50 messages a day, to people who joined" if trial else ""
        return ok("twilio_credentials", f"the account is active{note}")
    return failed(
        "twilio_credentials",
        f"the account is {status}" if answer.good else f"Twilio answers {answer.status}",
        "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN as console.twilio.com shows them.",
    )


def sender_of(answer: Answer, number: str) -> Json | None:
    """The sender among those that the account lists."""
    listed = answer.document.get("senders")
    found = (one for one in listed if one.get("sender_id") == number) if listed else iter(())
    return next(found, None)


def sender(answer: Answer, number: str, start: StartSettings) -> Finding:
    """Whether the number is a WhatsApp sender of this account, and is up."""
    if not answer.good:
        return untold(
            "twilio_sender",
            f"Twilio would not list the senders ({answer.status})",
            "Look at Messaging, Senders, WhatsApp senders in Twilio's console.",
        )
    found = sender_of(answer, number)
    if found is None and number == SANDBOX:
        return _sandbox(start)
    status = str(found.get("status", "")) if found else ""
    return judged(
        "twilio_sender",
        holds=status in ONLINE,
        good="the number is a WhatsApp sender of this account, and online",
        bad=f"the sender is {status}" if found else "the account has no such WhatsApp sender",
        remedy=(
            "Set TWILIO_WHATSAPP_NUMBER to a number of Messaging, Senders, WhatsApp senders that "
            "is online there."
        ),
    )


def _sandbox(start: StartSettings) -> Finding:
    if not start.sandbox:
        return failed(
            "twilio_sender",
            "the number is Twilio's shared sandbox, and TWILIO_SANDBOX is not yes",
            "Set TWILIO_SANDBOX=yes: the sandbox takes no templates of your own.",
        )
    return untold(
        "twilio_sender",
        "Twilio's shared sandbox: nobody can look up who has joined, and for how long",
        "Each person sends the join code anew every 3 days; 1 message per 3 seconds.",
    )


def template(sid: str, content: Answer, approval: Answer) -> Finding:
    """Whether Meta has approved a template. ``sid`` comes from ``OPENER_CONTENT_SID``."""
    if not content.good:
        return failed(
            "opener_template",
            f"Twilio answers {content.status} for {sid}",
            f"Set OPENER_CONTENT_SID to a template of this account ({_TEMPLATES}).",
        )
    decided = approval.document.get("whatsapp") or {}
    status = str(decided.get("status") or "not submitted")
    category = str(decided.get("category") or "")
    if status != APPROVED:
        why = str(decided.get("rejection_reason") or "")
        return failed(
            "opener_template",
            f"{sid} is {status}" + (f": {why}" if why else ""),
            f"Submit it to WhatsApp, and wait for its approval ({_TEMPLATES}).",
        )
    return judged(
        "opener_template",
        holds=category != "MARKETING",
        good=f"{sid} is approved ({category})",
        bad=f"{sid} is approved as MARKETING, which costs more and reaches fewer",
        remedy=f"Word it as a UTILITY template and submit it again ({_TEMPLATES}).",
    )


def template_variables(sid: str, content: Answer, given: Mapping[str, str]) -> Finding:
    """Whether the template's variables are those that we fill in, no more and no fewer."""
    wanted = {name for body in _bodies(content.document) for name in _PLACEHOLDER.findall(body)}
    return judged(
        "opener_variables",
        holds=wanted == set(given),
        good=f"{sid} takes {_listed(wanted)}, and gets them",
        bad=f"{sid} takes {_listed(wanted)}, and gets {_listed(given)}",
        remedy="Give OPENER_CONTENT_VARIABLES exactly the template's variables.",
    )


def openers(
    start: StartSettings, contents: Mapping[str, tuple[Answer, Answer]]
) -> Iterator[Finding]:
    """Everything about the templates. ``contents`` holds what Twilio answers for each sid."""
    if not start.content_sids:
        yield _no_template(start)
    for sid, (content, approval) in contents.items():
        yield template(sid, content, approval)
        if content.good:
            yield template_variables(sid, content, start.content_variables)


def _no_template(start: StartSettings) -> Finding:
    if start.sandbox:
        return ok("opener_template", "none: the sandbox takes free text")
    return failed(
        "opener_template",
        "there is none: a conversation cannot be opened outside the 24 hours",
        f"Submit one, and set OPENER_CONTENT_SID ({_TEMPLATES}).",
    )


def _bodies(content: Json) -> Iterator[str]:
    """The texts of a template, whatever its kind."""
    for kind in (content.get("types") or {}).values():
        if isinstance(kind, dict) and isinstance(kind.get("body"), str):
            yield kind["body"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
