"""Which calls are continued, and how."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import choice, mapping, numbers, switch, templates, whole, words
from conversation.settings import setting
from conversation.variables.choices import ContinueCalls, Openers


@dataclass(frozen=True, slots=True)
class StartSettings:
    """Which calls are continued, and how."""

    continue_calls: ContinueCalls = setting(
        "CONTINUE_CALLS",
        "which calls are continued: batch, outbound (batch and single calls) or all",
        choice(ContinueCalls),
        default="batch",
    )
    agent_ids: tuple[str, ...] = setting(
        "MONITOR_AGENT_IDS",
        "only the calls of these agents, separated by commas",
        words,
        default="",
    )
    min_call_s: int = setting(
        "MIN_CALL_S", "calls shorter than this are not continued", whole(0, 3600), default="10"
    )
    openers: Openers = setting(
        "OPENERS",
        "on; dry-run: decide and record, send nothing; off: start no conversation",
        choice(Openers),
        default="on",
    )
    allowed_numbers: tuple[str, ...] = setting(
        "ALLOWED_NUMBERS",
        "if given, only these numbers get an opener, in E.164, separated by commas",
        numbers,
        default="",
    )
    opener_max_age_h: int = setting(
        "OPENER_MAX_AGE_H",
        "calls that ended longer ago than this get no opener",
        whole(1, 720),
        default="24",
    )
    cooldown_days: int = setting(
        "OPENER_COOLDOWN_DAYS",
        "at most one opener a person in this many days; 0: no limit",
        whole(0, 365),
        default="1",
    )
    openers_a_day: int = setting(
        "OPENERS_A_DAY",
        "at most so many openers in any 24 hours, as WhatsApp's tier of your number allows; the "
        "others wait; 0: no limit",
        whole(0, 1_000_000),
        default="0",
    )
    content_sids: dict[str, str] = setting(
        "OPENER_CONTENT_SID",
        "the approved opener template: one HX… SID, or a JSON object by agent and language",
        templates,
        default="",
    )
    content_variables: dict[str, str] = setting(
        "OPENER_CONTENT_VARIABLES",
        "the template's variables: a JSON object of sentences with {nombre} and {empresa}, or "
        "{{a call's variable}}",
        mapping,
        default='{"1":"{nombre}","2":"{empresa}"}',
    )
    sandbox: bool = setting(
        "TWILIO_SANDBOX",
        "yes: the sender is Twilio's sandbox (or a simulator), which takes free text as opener",
        switch,
        default="no",
    )
    name_variables: tuple[str, ...] = setting(
        "CLIENT_NAME_VARIABLES",
        "the call's variables that may hold the person's name, the first that does wins",
        words,
        default="name,nombre,client_name,customer_name",
    )
    summary_wait_s: int = setting(
        "SUMMARY_WAIT_S",
        "how long a finished call may stay in processing before it is continued without summary",
        whole(0, 86400),
        default="3600",
    )
