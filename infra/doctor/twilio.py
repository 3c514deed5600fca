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
_NONE: Final = "-"


def credentials(answer: Answer) -> Finding:
    """``answer`` is the account's own page."""
    if answer.status == NO_ANSWER:
        return failed("twilio_credentials", "twilio_silent")
    if not answer.good:
        return failed("twilio_credentials", "twilio_refuses", status=answer.status)
    status = str(answer.document.get("status") or _NONE)
    if status != "active":
        return failed("twilio_credentials", "account_inactive", account=status)
    trial = answer.document.get("type") == "Trial"
    return ok("twilio_credentials", "account_trial" if trial else "account_active")


def sender_of(answer: Answer, number: str) -> Json | None:
    """The sender among those that the account lists."""
    listed = answer.document.get("senders")
    found = (one for one in listed if one.get("sender_id") == number) if listed else iter(())
    return next(found, None)


def sender(answer: Answer, number: str, start: StartSettings) -> Finding:
    """Whether the number is a WhatsApp sender of this account, and is up."""
    if not answer.good:
        return untold("twilio_sender", "senders_unlisted", status=answer.status)
    found = sender_of(answer, number)
    if found is None and number == SANDBOX:
        return _sandbox(start)
    status = str(found.get("status", "")) if found else ""
    return judged(
        "twilio_sender",
        holds=status in ONLINE,
        good="sender_online",
        bad="sender_offline" if found else "sender_absent",
        sender=status or _NONE,
    )


def _sandbox(start: StartSettings) -> Finding:
    if not start.sandbox:
        return failed("twilio_sender", "sandbox_unset")
    return untold("twilio_sender", "sandbox")


def template(sid: str, content: Answer, approval: Answer) -> Finding:
    """Whether Meta has approved a template. ``sid`` comes from ``OPENER_CONTENT_SID``."""
    if not content.good:
        return failed("opener_template", "template_absent", sid=sid, status=content.status)
    decided = approval.document.get("whatsapp") or {}
    status, category = str(decided.get("status") or ""), str(decided.get("category") or "")
    if not status:
        return failed("opener_template", "template_unsubmitted", sid=sid)
    if status != APPROVED:
        why = str(decided.get("rejection_reason") or "")
        return failed("opener_template", "template_unapproved", said=why, sid=sid, approval=status)
    return judged(
        "opener_template",
        holds=category != "MARKETING",
        good="template_approved",
        bad="template_marketing",
        sid=sid,
        category=category or _NONE,
    )


def template_variables(sid: str, content: Answer, given: Mapping[str, str]) -> Finding:
    """Whether the template's variables are those that we fill in, no more and no fewer."""
    wanted = {name for body in _bodies(content.document) for name in _PLACEHOLDER.findall(body)}
    return judged(
        "opener_variables",
        holds=wanted == set(given),
        good="template_filled",
        bad="template_misfilled",
        sid=sid,
        wanted=_listed(wanted),
        given=_listed(given),
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
        return ok("opener_template", "template_needless")
    return failed("opener_template", "template_unset")


def _bodies(content: Json) -> Iterator[str]:
    """The texts of a template, whatever its kind."""
    for kind in (content.get("types") or {}).values():
        if isinstance(kind, dict) and isinstance(kind.get("body"), str):
            yield kind["body"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or _NONE
