"""Words of the providers and of the tables: each that can reach a page is said in both languages.

What the providers' own packages enumerate is taken from them: a release that knows a new word
makes this fail. What they do not enumerate is written down here, from their documentation.
"""

import ast
from pathlib import Path

import pytest
from twilio.rest.api.v2010.account import AccountInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderInstance

import connector
import conversation
import functions
from connector.session import closing, words
from connector.session.words import State
from conversation import errors
from conversation.adapters.channels import SnsChannel, WebhookChannel
from conversation.adapters.elevenlabs import problems
from conversation.dead_letters import BAD_DOORBELL, FLOOD, NEVER_HEEDED, UNREADABLE_ITEM
from conversation.dead_letters import Outcome as Replayed
from conversation.delivery import state_after
from conversation.faults import TWILIO_ERRORS, UNKNOWN_ERROR
from conversation.messages import Direction, Kind, Notice
from conversation.openers import Skip
from functions.panel.act import Outcome
from functions.panel.roles import Role
from functions.panel.texts import GAPS, LANGUAGES, Texts
from infra.doctor.elevenlabs import BAD_KEY

APPROVALS = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
# Source of both: Twilio, "Content API resources", the approval of a template.

OURS = (Kind.OPENER, Kind.REPLY, Kind.NOTICE, Kind.OPERATOR)
REMEDIABLE = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Transient | errors.Permanent)
}
"""A fault of Hilo's is named as the code names it; a refused request has pages of its own."""


def listed(enumeration):
    """The values of an enumeration of the Twilio package, which are plain texts."""
    return [value for name, value in vars(enumeration).items() if name.isupper()]


def calls_in(*packages):
    for package in packages:
        for path in Path(package.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def raised():
    """The reasons that errors are given, where the sources write them out."""
    for name, call in calls_in(connector, conversation, functions):
        given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
        if name in REMEDIABLE and isinstance(given[0], ast.Constant):
            yield given[0].value


def closed_for():
    """Why our own side closes a session: verdicts and wishes that are written out."""
    for name, call in calls_in(connector):
        if name in {"Verdict", "CloseWanted"}:
            yield from (each.value for each in call.args if isinstance(each, ast.Constant))


REASONS = {
    "a refusal of Twilio's": {fault.reason for fault in (*TWILIO_ERRORS.values(), UNKNOWN_ERROR)},
    "an error type of ElevenLabs": set(closing.ERROR_TYPES),
    "what ElevenLabs says as it closes": {reason for _, _, reason in closing.WORDS},
    "a status of ElevenLabs' upgrade": {reason for _, reason in closing.HTTP_STATUSES.values()},
    "a close code of ElevenLabs": {reason for _, reason in closing.CLOSE_CODES.values()},
    "a refusal of ElevenLabs' REST": {
        *(reason for reason, _ in problems._BY_STATUS.values()),
        *problems._BY_CODE,
        *problems._TRANSIENT.values(),
        *BAD_KEY,
    },
    "an end without a word": {"upgrade_refused", "connection_lost", closing.EXPIRING},
    "a turn given back": set(words.Unanswered) - {"deadline", "empty", "closed"},
    "an opener that does not go out": set(Skip),
    "a sentence of ours": set(Notice),
    "a dead letter": {UNREADABLE_ITEM, BAD_DOORBELL, FLOOD, NEVER_HEEDED, "not_listed"},
    "an error that is raised": set(raised()),
    "a session that we close": set(closed_for()),
}
ENUMERATED = {
    "account": listed(AccountInstance.Status),
    "sender": listed(ChannelsSenderInstance.Status),
    "approval": APPROVALS,
    "category": CATEGORIES,
    "reason": sorted(set().union(*REASONS.values())),
    "session": list(State),
    "outcome": [*Outcome, *Replayed, *Role, "begun", "waiting", "no_socket", "unknown_command"],
    "channel": [SnsChannel.name, WebhookChannel.name],
    "speaker": ["user", "agent"],
    "about.message": [
        *(f"{Direction.INBOUND}.{kind}" for kind in Kind if kind not in OURS),
        *(f"{Direction.OUTBOUND}.{kind}" for kind in OURS),
    ],
    "about.socket": ["socket_opened", "socket_closed", "socket_lost", "socket_refused"],
    "about.command": ["close", "roll_over", "review", "pause", "resume", "report"],
}  # fmt: skip
SAID = [(kind, str(word)) for kind, found in ENUMERATED.items() for word in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "word"), SAID)
def test_every_word_that_is_known_is_said_in_the_pages_language(kind, word, language):
    said = Texts().word(language, kind, word)

    assert said, f"texts.json lacks {kind}.{word}"
    assert "_" not in said


def test_the_enumerations_are_those_of_the_providers():
    assert {"ONLINE:UPDATING", "PENDING_VERIFICATION"} <= set(ENUMERATED["sender"])
    assert {"active", "suspended", "closed"} == set(ENUMERATED["account"])
    assert len(ENUMERATED["reason"]) > 90
    assert set(ENUMERATED) > GAPS
    assert {"table_busy", "tls_failed"} <= REASONS["an error that is raised"]
    assert {"dead_peer", "drain"} <= REASONS["a session that we close"]


@pytest.mark.parametrize("status", listed(MessageInstance.Status))
def test_every_status_of_an_outbound_message_at_twilio_is_a_state_with_words(status):
    if status in {"receiving", "received"}:
        assert state_after(status) is None  # an inbound message's
        return

    assert Texts().word("es", "state", state_after(status))


def test_a_word_that_nobody_knows_is_shown_as_it_is():
    texts = Texts()

    assert texts.said("es", "reason", "brand_new_word") == "brand_new_word"
    assert texts.hinted("es", "reason", "brand_new_word") == "brand_new_word"
    assert texts.coded("es", "sender", "FROZEN_SOLID") == "<code>FROZEN_SOLID</code>"


def test_the_providers_own_word_stays_for_who_asks_them():
    texts = Texts()

    assert texts.coded("es", "approval", "paused") == (
        "en pausa por las quejas <code>paused</code>"
    )
    assert texts.hinted("en", "reason", "llm_error") == (
        '<span title="llm_error">the model failed</span>'
    )


def test_a_sentence_holds_the_word_and_the_original():
    values = {"sid": "HX1", "approval": "rejected"}

    assert Texts().drawn("es", "found.template_unapproved", values) == (
        "HX1 no está aprobada (rechazada <code>rejected</code>)"
    )


def test_what_becomes_of_an_order_is_told_even_where_it_failed():
    assert Texts().said("es", "outcome", "table_busy") == "las tablas no responden"


@pytest.mark.parametrize("evil", ["<script>", '"><img src=x>', "{sid}", "&lt;"])
def test_whatever_somebody_else_says_stays_text(evil):
    texts = Texts()
    drawn = texts.drawn("es", "found.template_unapproved", {"sid": evil, "approval": evil})

    assert "<script" not in drawn + texts.hinted("es", "reason", evil)
    assert "<img" not in drawn + texts.coded("es", "reason", evil)
    assert drawn.unescape().count(evil) == 2


def test_a_sentence_whose_values_are_another_releases_is_none():
    assert Texts().drawn("es", "found.sender_offline", {"status": "OFFLINE"}) is None
    assert Texts().drawn("es", "found.never_heard_of", {}) is None
