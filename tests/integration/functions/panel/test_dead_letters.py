"""What was given up: shown with what to do about it, and replayed or dropped from the page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from markupsafe import escape
from ulid import ULID

from conversation.adapters.dead_letters import DeadLetterQueues, SqsDeadLetters
from conversation.contacts import contact_id_of
from conversation.dead_letters import queue_url_of
from conversation.doorbells import BellKind, Doorbell, shard_of
from conversation.errors import Transient
from functions.panel.roles import Role
from tests.integration.functions.conftest import PEPPER
from tests.integration.functions.panel.visits import NUMBER, OWNER, PAYLOADS, audited

SECRET = "mi clave es 1234"
OTHER = contact_id_of("+573001112233", PEPPER)


@pytest.fixture
def dead(tables):
    """Puts a message of somebody's among those that failed for good; its key."""

    def put(
        contact_id=OWNER, reason="bad_credentials", minutes=5, direction="outbound", since=None,
        **known,
    ):  # fmt: skip
        since = since or datetime.now(UTC) - timedelta(minutes=minutes)
        key = str(ULID.from_datetime(since))
        if direction == "outbound":
            key += "~001"
        tables.messages(
            contact_id=contact_id, message_key=key, conversation_id=contact_id,
            direction=direction, kind="reply" if direction == "outbound" else "message",
            state="FAILED", content=SECRET, sent_at=since, reason=reason,
            pending=f"dead#{shard_of(contact_id, 4)}", pending_since=since, **known,
        ).save()  # fmt: skip
        return key

    return put


@pytest.fixture
def letter(aws):
    """Leaves something in a queue of dead letters."""

    def leave(body=SECRET, reason="bad_doorbell", url=aws.inbox[0]):
        SqsDeadLetters(boto3.client("sqs"), url, new_id=lambda: str(ULID())).put(body, reason)

    return leave


def listed(panel):
    return json.loads(panel.get("/panel/api/dead-letters")["body"])


def names(panel, of="messages"):
    return [each["id"] for each in listed(panel)[of]]


def see_to(panel, deed, name, **form):
    return panel.post(f"/panel/dead-letters/{deed}", {"csrf": panel.csrf(), "id": name} | form)


def outcome(answer):
    return re.search(r"outcome=(\w+)$", answer["headers"]["Location"])[1]


def test_where_nothing_was_given_up_the_page_says_so(panel):
    assert "Nada se dio por perdido" in panel.enter().get("/panel/dead-letters?lang=es")["body"]


@pytest.mark.parametrize(
    ("language", "reason", "what_to_do"),
    [
        ("es", "credenciales erróneas <code>bad_credentials</code>", "hágalo otra vez"),
        ("en", "bad credentials <code>bad_credentials</code>", "then replay it"),
    ],
)
def test_a_message_is_shown_with_whose_it_is_why_and_what_to_do(
    panel, a_conversation, dead, language, reason, what_to_do
):
    a_conversation()
    dead()

    page = panel.enter().get(f"/panel/dead-letters?lang={language}")["body"]

    assert f'href="/panel/people/{OWNER}?view=timeline"' in page
    assert "Ana Ríos" in page
    assert reason in page
    assert "TWILIO_AUTH_TOKEN" in page
    assert what_to_do in page
    assert SECRET not in page
    assert NUMBER not in page


def test_messages_are_listed_the_newest_first_a_page_at_a_time(panel, dead):
    panel.enter()
    people = [contact_id_of(f"+57300000{n:04d}", PEPPER) for n in range(60)]
    whole = [f"{each}:{dead(each, minutes=n)}" for n, each in enumerate(people)]

    first = listed(panel)
    second = json.loads(panel.get(f"/panel/api/dead-letters?cursor={first['cursor']}")["body"])
    third = json.loads(panel.get(f"/panel/api/dead-letters?cursor={second['cursor']}")["body"])

    found = [each["id"] for page in (first, second, third) for each in page["messages"]]
    assert found == whole
    assert [len(page["messages"]) for page in (first, second, third)] == [25, 25, 10]
    assert third["cursor"] is None


def test_those_that_failed_at_one_instant_are_each_listed_once(panel, dead):
    people = [contact_id_of(f"+57300000{n:04d}", PEPPER) for n in range(60)]
    whole = {f"{each}:{dead(each, since=datetime(2026, 11, 28, 6, tzinfo=UTC))}" for each in people}
    panel.enter()

    first = listed(panel)
    second = json.loads(panel.get(f"/panel/api/dead-letters?cursor={first['cursor']}")["body"])
    third = json.loads(panel.get(f"/panel/api/dead-letters?cursor={second['cursor']}")["body"])

    found = [each["id"] for page in (first, second, third) for each in page["messages"]]
    assert len(found) == len(set(found)) == 60
    assert set(found) == whole


@pytest.mark.parametrize(
    "cursor", ["x", "e30x", "eyI5IjogWyJhIiwgImIiLCAiYyJdfQ==", "eyIwIjogWyJhIl19", "WzFd",
               "eyIwIjogWzEsIDIsIDNdfQ==", "eyIwIjogNX0="]
)  # fmt: skip
def test_a_made_up_cursor_is_refused_with_a_page(panel, cursor):
    assert panel.enter().get(f"/panel/dead-letters?cursor={cursor}")["statusCode"] == 400


def test_a_replay_goes_out_under_its_old_key_is_rung_for_and_recorded(
    panel, tables, a_conversation, dead, rung
):
    a_conversation()
    key = dead(twilio_message_id="SM1")

    answer = see_to(panel.enter(), "replay", f"{OWNER}:{key}")

    assert outcome(answer) == "replayed"
    assert tables.messages.get(OWNER, key).state == "PENDING"
    assert rung("outbox") == [(OWNER, key)]
    assert audited(tables)[-1] == ("ana@example.com", "replay", "replayed")
    assert names(panel) == []


def test_a_turn_is_asked_again_as_a_whole(panel, tables, a_conversation, dead, rung):
    a_conversation()
    first, last = (dead(reason="no_answer", minutes=n, direction="inbound") for n in (9, 8))
    for key in (first, last):
        model = tables.messages
        model(OWNER, key).update([model.turn.set(last)])

    answer = see_to(panel.enter(), "replay", f"{OWNER}:{last}")

    assert outcome(answer) == "replayed"
    assert [tables.messages.get(OWNER, key).state for key in (first, last)] == ["NEW", "NEW"]
    assert rung("inbox") == [(OWNER, first)]


def test_what_is_dropped_keeps_its_reason_and_is_listed_no_more(
    panel, tables, a_conversation, dead
):
    a_conversation()
    key = dead()

    assert outcome(see_to(panel.enter(), "drop", f"{OWNER}:{key}")) == "dropped"

    item = tables.messages.get(OWNER, key)
    assert (item.state, item.reason, item.pending) == ("FAILED", "bad_credentials", None)
    assert audited(tables)[-1] == ("ana@example.com", "drop", "dropped")
    assert names(panel) == []


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"last_inbound_at": datetime(2026, 1, 1, tzinfo=UTC)}, "window_closed"),
        ({"opted_out": True}, "opted_out"),
    ],
)
def test_what_would_be_in_vain_is_not_offered_and_not_done(
    panel, tables, a_conversation, dead, rung, fields, why
):
    a_conversation(**fields)
    key = dead()
    page = panel.enter().get("/panel/dead-letters")["body"]

    assert 'data-act="replay"' not in page
    assert 'data-act="drop"' in page
    assert listed(panel)["messages"][0]["hindrance"] == why
    assert outcome(see_to(panel, "replay", f"{OWNER}:{key}")) == why
    assert tables.messages.get(OWNER, key).state == "FAILED"
    assert rung("outbox") == []


def test_a_letter_in_a_queue_is_shown_without_its_text_and_can_be_dropped(panel, tables, letter):
    letter()
    (name,) = names(panel.enter(), "letters")
    page = panel.get("/panel/dead-letters?lang=en")["body"]

    assert "unreadable doorbell <code>bad_doorbell</code>" in page
    assert "it is no doorbell" in page
    assert SECRET not in page
    assert outcome(see_to(panel, "replay", name)) == "no_doorbell"
    assert outcome(see_to(panel, "drop", name)) == "dropped"
    assert names(panel, "letters") == []
    assert [each[1:] for each in audited(tables)[-2:]] == [
        ("replay", "no_doorbell"), ("drop", "dropped"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "queue"), [(BellKind.OUTBOX, "outbox"), (BellKind.INBOX, "inbox")]
)
def test_a_doorbell_that_nobody_heeded_is_rung_again_once(
    panel, aws, a_conversation, letter, rung, kind, queue
):
    a_conversation()
    key = str(ULID())
    url = aws.outbox if queue == "outbox" else aws.inbox[0]
    letter(Doorbell(kind, OWNER, key).to_json(), "never_heeded", url)
    (name,) = names(panel.enter(), "letters")

    answers = [outcome(see_to(panel, "replay", name)) for _ in range(2)]

    assert answers == ["replayed", "unknown"]
    assert rung(queue) == [(OWNER, key)]
    assert names(panel, "letters") == []


def test_a_letter_about_somebody_leads_to_them(panel, aws, a_conversation, letter):
    a_conversation()
    letter(Doorbell(BellKind.OUTBOX, OWNER, str(ULID())).to_json(), "never_heeded", aws.outbox)
    letter(Doorbell(BellKind.OUTBOX, OTHER, str(ULID())).to_json(), "never_heeded", aws.outbox)

    told = {each["contact_id"]: each for each in listed(panel.enter())["letters"]}

    assert set(told) == {OWNER, None}
    assert told[OWNER]["number"].endswith("55")
    assert (told[OWNER]["where"], told[OWNER]["kind"]) == ("outbox_queue", "outbox")


def test_letters_that_were_looked_at_lie_there_for_the_command_line(panel, aws, letter):
    letter()
    panel.enter().get("/panel/dead-letters")

    got = boto3.client("sqs").receive_message(QueueUrl=queue_url_of(aws.inbox[0]))

    assert [each["Body"] for each in got["Messages"]] == [SECRET]


def test_where_the_queues_do_not_answer_the_messages_are_shown_all_the_same(
    panel, a_conversation, dead, monkeypatch
):
    a_conversation()
    dead()

    def silent(_queues):
        raise Transient("SQS did not answer", reason="queue_unavailable")

    monkeypatch.setattr(DeadLetterQueues, "count", silent)

    page = panel.enter().get("/panel/dead-letters?lang=en")["body"]

    assert "The queues cannot be looked into: the queue does not answer" in page
    assert "bad_credentials" in page


@pytest.mark.parametrize(
    "name", ["", ":", "x", "inbox:", "inbox:none", f"{OWNER}:", f"{OWNER}:none", f"{'A' * 99}:B",
             f"A:{'B' * 9999}", "outbox:none", "\x00:\x00"]
)  # fmt: skip
def test_what_is_not_there_is_told(panel, tables, name):
    before = audited(tables)

    assert outcome(see_to(panel.enter(), "replay", name)) == "unknown"
    assert [each for each in audited(tables) if each[1] != "sign_in"] == before


@pytest.mark.parametrize("deed", ["replay", "drop"])
def test_who_only_looks_is_offered_nothing_and_does_nothing(
    panel, tables, a_conversation, dead, deed
):
    a_conversation()
    key = dead()
    panel.enter(Role.VIEWER)

    assert "data-act" not in panel.get("/panel/dead-letters")["body"]
    assert see_to(panel, deed, f"{OWNER}:{key}")["statusCode"] == 403
    assert tables.messages.get(OWNER, key).pending.startswith("dead#")


@pytest.mark.parametrize("deed", ["replay", "drop"])
@pytest.mark.parametrize("csrf", ["", "x" * 32])
def test_a_form_of_another_site_does_nothing(panel, tables, a_conversation, dead, deed, csrf):
    a_conversation()
    key = dead()
    panel.enter()
    before = audited(tables)

    answer = see_to(panel, deed, f"{OWNER}:{key}", csrf=csrf)

    assert answer["statusCode"] == 403
    assert audited(tables) == before


def test_nobody_outside_sees_or_does_anything(panel):
    assert panel.get("/panel/dead-letters")["statusCode"] == 401
    assert panel.post("/panel/dead-letters/drop", {"id": "x"})["statusCode"] == 401


def test_there_are_no_other_deeds(panel):
    assert see_to(panel.enter(), "forget", "x")["statusCode"] == 404


def test_what_was_done_is_told_above_the_list(panel):
    page = panel.enter().get("/panel/dead-letters?lang=en&did=replay&outcome=window_closed")["body"]

    assert "Replay: the window is closed" in page


def see_to_all(panel, deed, reason, **form):
    answer = panel.post(
        f"/panel/api/dead-letters/{deed}", {"csrf": panel.csrf(), "reason": reason} | form
    )
    return answer["statusCode"], json.loads(answer["body"])


def test_all_of_one_reason_are_replayed_wherever_they_are_listed(
    panel, tables, a_conversation, dead, rung
):
    people = [a_conversation(f"+57300000{n:04d}") for n in range(30)]
    keys = {each: dead(each, minutes=n) for n, each in enumerate(people)}
    other = dead(a_conversation(), reason="rate_limited", minutes=3)

    status, told = see_to_all(panel.enter(), "replay", "bad_credentials")

    assert status == 200
    assert told == {"action": "replay", "done": 30, "left": 0, "more": False}
    assert {tables.messages.get(*each).state for each in keys.items()} == {"PENDING"}
    shown_at_once = rung("outbox")
    assert len(shown_at_once) == 10
    assert set(shown_at_once) <= set(keys.items())
    assert names(panel) == [f"{OWNER}:{other}"]
    assert [each[1:] for each in audited(tables)[-30:]] == [("replay", "replayed")] * 30


def test_a_request_sees_to_so_many_and_says_that_there_are_more(panel, a_conversation, dead):
    for n in range(60):
        dead(a_conversation(f"+57300000{n:04d}"), minutes=n)
    panel.enter()

    told = [see_to_all(panel, "drop", "bad_credentials")[1] for _ in range(2)]

    assert [(each["done"], each["more"]) for each in told] == [(50, True), (10, False)]
    assert names(panel) == []


def test_what_would_be_in_vain_is_left_and_takes_nobodys_place(panel, tables, a_conversation, dead):
    gone = [a_conversation(f"+57300000{n:04d}", opted_out=True) for n in range(55)]
    for n, each in enumerate(gone):
        dead(each, minutes=n)
    key = dead(a_conversation(), minutes=99)

    told = see_to_all(panel.enter(), "replay", "bad_credentials")[1]

    assert told == {"action": "replay", "done": 1, "left": 55, "more": False}
    assert tables.messages.get(OWNER, key).state == "PENDING"


def test_of_a_turn_that_is_asked_again_each_message_is_done_once(
    panel, tables, a_conversation, dead, rung
):
    a_conversation()
    first, last = (dead(reason="no_answer", minutes=n, direction="inbound") for n in (9, 8))
    for key in (first, last):
        model = tables.messages
        model(OWNER, key).update([model.turn.set(last)])

    told = see_to_all(panel.enter(), "replay", "no_answer")[1]

    assert told == {"action": "replay", "done": 2, "left": 0, "more": False}
    assert rung("inbox") == [(OWNER, first)]


def test_letters_of_a_reason_are_seen_to_as_well(panel, aws, a_conversation, letter, rung):
    a_conversation()
    keys = [str(ULID()) for _ in range(3)]
    for key in keys:
        letter(Doorbell(BellKind.OUTBOX, OWNER, key).to_json(), "never_heeded", aws.outbox)
    letter(SECRET, "never_heeded")

    told = see_to_all(panel.enter(), "replay", "never_heeded")[1]

    assert told == {"action": "replay", "done": 3, "left": 1, "more": False}
    assert sorted(rung("outbox")) == sorted((OWNER, key) for key in keys)
    assert see_to_all(panel, "drop", "never_heeded")[1]["done"] == 1
    assert names(panel, "letters") == []


def test_only_what_several_have_is_offered_for_all_and_what_can_be_done(
    panel, a_conversation, dead
):
    for n in range(3):
        dead(a_conversation(f"+57300000{n:04d}"), reason="rate_limited")
    for n in range(2):
        dead(a_conversation(f"+57310000{n:04d}", opted_out=True), reason="bad_credentials")
    dead(a_conversation(), reason="no_answer")

    page = panel.enter().get("/panel/dead-letters?lang=en")["body"]

    offered = page[page.index("data-alike") : page.index("data-list")]
    assert re.findall(r'data-reason="(\w+)"', offered) == ["rate_limited", "bad_credentials"]
    assert re.findall(r'data-act="([\w.]+)"', offered) == ["replay.all", "drop.all", "drop.all"]
    assert listed(panel)["alike"] == [
        {"reason": "rate_limited", "count": 3, "replayable": 3},
        {"reason": "bad_credentials", "count": 2, "replayable": 0},
    ]


@pytest.mark.parametrize("reason", ["", "none", "\x00", "x" * 9999, "<script>"])
def test_where_nothing_has_a_reason_nothing_is_done(panel, tables, a_conversation, dead, reason):
    a_conversation()
    key = dead()

    assert see_to_all(panel.enter(), "drop", reason) == (
        200, {"action": "drop", "done": 0, "left": 0, "more": False},
    )  # fmt: skip
    assert tables.messages.get(OWNER, key).pending.startswith("dead#")


@pytest.mark.parametrize("deed", ["replay", "drop"])
def test_who_only_looks_or_comes_from_elsewhere_sees_to_none_of_them(
    panel, tables, a_conversation, dead, deed
):
    a_conversation()
    keys = [dead(minutes=n) for n in (1, 2)]

    assert see_to_all(panel.enter(), deed, "bad_credentials", csrf="x" * 32)[0] == 403
    assert see_to_all(panel.enter(Role.VIEWER), deed, "bad_credentials")[0] == 403
    assert "data-alike" not in panel.get("/panel/dead-letters")["body"]
    for key in keys:
        assert tables.messages.get(OWNER, key).pending.startswith("dead#")


def test_what_was_done_with_many_is_told_above_the_list(panel, a_conversation, dead):
    a_conversation(opted_out=True)
    dead()
    panel.enter()

    answer = panel.post(
        "/panel/dead-letters/replay", {"csrf": panel.csrf(), "reason": "bad_credentials"}
    )
    page = panel.get(answer["headers"]["Location"] + "&lang=en")["body"]

    assert "Replay all: 0. 1 remain here" in page
    assert "There are more" not in page


@pytest.mark.parametrize(
    "query",
    ["did=replay&done=1", "did=replay&done=x&left=0", "did=replay&done=-1&left=0",
     "did=replay&done=99999&left=0", "did=close&done=1&left=0", "did=replay&done=%D9%A1&left=0"],
)  # fmt: skip
def test_a_made_up_link_tells_nothing(panel, query):
    assert "data-told" not in panel.enter().get(f"/panel/dead-letters?{query}")["body"]


def test_names_and_reasons_stay_text(panel, a_conversation, dead, letter):
    payloads = [each.replace("\x00", "") for each in PAYLOADS]  # a queue takes no such character
    for n, payload in enumerate(payloads):
        dead(a_conversation(f"+57300000{n:04d}", payload), reason=payload)
        letter(payload)
    first = panel.enter().get("/panel/dead-letters?lang=en")["body"]
    cursor = re.search(r"cursor=([^\"]+)", first)[1]

    both = first + panel.get(f"/panel/dead-letters?cursor={cursor}")["body"]

    assert [each for each in payloads if f"<code>{escape(each)}</code>" not in both] == []
    assert "<script>alert" not in both
    assert "<img" not in both.replace('<img src="/panel/static', "")
