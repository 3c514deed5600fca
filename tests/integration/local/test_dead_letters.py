"""``hilo dead-letters``: what was given up, over moto's tables and queues."""

from __future__ import annotations

import getpass
import itertools
import json
import random
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from typer.testing import CliRunner

from conversation.adapters.dead_letters import SqsDeadLetters
from conversation.adapters.tables.delivery import DeliveryTable
from conversation.adapters.tables.fence import Fence, Owner
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.mapping import item_of, message_of
from conversation.adapters.tables.operating import AuditTable
from conversation.adapters.tables.turns import TurnTable
from conversation.dead_letters import queue_url_of
from conversation.delivery import aftermath, fault_of
from conversation.doorbells import BellKind, Doorbell, read_doorbell, shard_of
from conversation.errors import Transient
from conversation.messages import Direction, InboundState, Kind, Message, OutboundState
from conversation.turns import Turn
from infra.cli.__main__ import application

ANA = "A" * 26
NUMBER = "+573138539155"
ASKED = [f"01{n:024}" for n in range(2)]
REPLY = f"{ASKED[1]}~001"
NOW = datetime.now(UTC)
SECRET = "mi clave es 1234"


class Desk:
    """The tables and queues of a stack, and the command."""

    def __init__(self, tables, queues, folder):
        tokens = (f"token-{n}" for n in itertools.count())
        words = {"pace": time, "chance": random.Random(1), "new_token": lambda: next(tokens)}
        self.tables, self.queues, self.sqs = tables, queues, boto3.client("sqs")
        self.deliveries = DeliveryTable(tables, shards=4, **words)
        self.turns = TurnTable(Fence(tables, **words), shards=4)
        self._where = ["--data", str(folder / "none"), "--env", str(folder / "absent.env")]

    def put(self, key, direction, state, **known):
        inbound = direction is Direction.INBOUND
        message = Message(
            contact_id=ANA, message_key=key, conversation_id=ANA, direction=direction,
            kind=Kind.MESSAGE if inbound else Kind.REPLY, content=SECRET, state=state, sent_at=NOW,
            **known,
        )  # fmt: skip
        item_of(self.tables.messages, message, shards=4).save()
        return message

    def fails(self, code, sid=None):
        message = self.put(REPLY, Direction.OUTBOUND, OutboundState.PENDING)
        after = aftermath(message, fault_of(code), template=None, new_key=ASKED[0], now=NOW)
        assert self.deliveries.fail(message, after, now=NOW, sid=sid)

    def given_up(self):
        asked = tuple(
            self.put(key, Direction.INBOUND, InboundState.ASKED, turn=ASKED[1], attempts=3)
            for key in ASKED
        )
        self.tables.state(ANA).update([self.tables.state.epoch.set(5)])
        turn = Turn(ASKED[1], asked, 3)
        assert self.turns.give_up(turn, Owner(5, shard_of(ANA, 4)), "no pude", NOW)

    def stored(self, key):
        return message_of(self.tables.messages.get(ANA, key))

    def rung(self, url):
        got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [read_doorbell(each["Body"]) for each in got]

    def recorded(self):
        month = datetime.now(UTC).strftime("%Y-%m")
        return [(e.who, e.action, e.target, e.outcome) for e in self.tables.audit.query(month)]

    def ask(self, *arguments):
        done = CliRunner().invoke(application(), ["dead-letters", *arguments, *self._where])
        assert SECRET not in done.output
        assert NUMBER not in done.output
        return done.exit_code, json.loads(done.output.strip().splitlines()[-1])


@pytest.fixture
def desk(tables, aws, tmp_path, one_server):
    LeaseTable(tables, shards=4).found()
    tables.state(ANA, phone_number=NUMBER, last_inbound_at=NOW).save()
    return Desk(tables, aws, tmp_path)


def test_where_nothing_was_given_up_nothing_is_listed(desk):
    assert desk.ask() == (0, {"ok": True, "count": 0, "dead_letters": [], "unknown": []})


def test_a_message_that_failed_for_good_is_listed_with_its_reason_and_what_to_do(desk):
    desk.fails(20003)

    _, told = desk.ask("--json")

    (one,) = told["dead_letters"]
    assert (one["id"], one["state"], one["reason"]) == (
        f"{ANA}:{REPLY}", "FAILED", "bad_credentials",
    )  # fmt: skip
    assert "TWILIO_AUTH_TOKEN" in one["what_to_do"]
    assert one["hindrance"] is None


def test_a_replay_waits_to_be_sent_again_under_its_old_key_and_is_rung_for(desk):
    desk.fails(63024, sid="SM1")

    status, told = desk.ask("replay", f"{ANA}:{REPLY}")

    assert (status, told["outcomes"]) == (0, {f"{ANA}:{REPLY}": "replayed"})
    again = desk.stored(REPLY)
    assert (again.state, again.twilio_message_id, again.reason) == ("PENDING", None, None)
    assert desk.tables.messages.get(ANA, REPLY).pending == f"out#{shard_of(ANA, 4)}"
    assert desk.rung(desk.queues.outbox) == [Doorbell(BellKind.OUTBOX, ANA, REPLY)]
    assert desk.ask()[1]["count"] == 0


@pytest.mark.parametrize("status", [OutboundState.DELIVERED, OutboundState.SENT])
def test_a_late_report_of_the_sending_that_failed_says_nothing_of_the_replay(desk, status):
    desk.fails(63024, sid="SM1")
    desk.ask("replay", "--all")
    again = desk.stored(REPLY)

    after = aftermath(again, fault_of(63024), template=None, new_key=ASKED[0], now=NOW)

    assert not desk.deliveries.fail(again, after, now=NOW, sid="SM1")
    assert not desk.deliveries.advance(again, status, "SM1", NOW)
    assert desk.deliveries.advance(again, status, "SM2", NOW)


def test_a_turn_is_asked_again_as_a_whole(desk):
    desk.given_up()

    status, told = desk.ask("replay", f"{ANA}:{ASKED[0]}", f"{ANA}:{ASKED[1]}")

    assert (status, set(told["outcomes"].values())) == (0, {"replayed"})
    assert [desk.stored(key).state for key in ASKED] == ["NEW", "NEW"]
    assert [desk.stored(key).attempts for key in ASKED] == [0, 0]
    rung = desk.rung(desk.queues.inbox[shard_of(ANA, 4)])
    assert rung == [Doorbell(BellKind.INBOX, ANA, ASKED[0])]


def test_what_is_replayed_and_dropped_is_recorded_with_who_did_it(desk):
    who = getpass.getuser()
    desk.fails(63024)
    desk.tables.state(ANA).update([desk.tables.state.last_inbound_at.set(NOW - timedelta(days=2))])
    desk.ask("replay", "--all")
    desk.ask("drop", "--all")
    desk.ask()

    assert desk.recorded() == [
        (who, "replay", ANA, "window_closed"),
        (who, "drop", ANA, "dropped"),
    ]


def test_what_cannot_be_recorded_is_not_done(desk, monkeypatch):
    desk.fails(63024)

    def refuse(*_, **__):
        raise Transient("no", reason="throttled")

    monkeypatch.setattr(AuditTable, "begin", refuse)

    with pytest.raises(Transient):
        CliRunner().invoke(
            application(), ["dead-letters", "replay", "--all", *desk._where],
            catch_exceptions=False,
        )  # fmt: skip
    assert desk.stored(REPLY).state is OutboundState.FAILED


def test_nothing_is_replayed_outside_of_the_window_or_after_an_opt_out(desk):
    desk.fails(63024)
    desk.tables.state(ANA).update([desk.tables.state.last_inbound_at.set(NOW - timedelta(days=2))])
    assert desk.ask("replay", "--all")[1]["counts"] == {"window_closed": 1}

    desk.tables.state(ANA).update([desk.tables.state.opted_out.set(True)])
    status, told = desk.ask("replay", "--all")

    assert (status, told["ok"], told["counts"]) == (1, False, {"opted_out": 1})
    assert desk.stored(REPLY).state == "FAILED"


def test_what_is_dropped_keeps_its_reason_and_is_listed_no_more(desk):
    desk.fails(63024)

    assert desk.ask("drop", f"{ANA}:{REPLY}")[0] == 0

    assert desk.ask()[1]["count"] == 0
    assert (desk.stored(REPLY).state, desk.stored(REPLY).reason) == ("FAILED", "not_on_whatsapp")


def test_poison_in_the_queue_is_listed_cannot_be_replayed_and_can_be_dropped(desk):
    SqsDeadLetters(desk.sqs, desk.queues.inbox[0], new_id=str).put(SECRET, "bad_doorbell")

    _, told = desk.ask()
    (one,) = told["dead_letters"]
    assert (one["reason"], one["kind"], one["hindrance"]) == (
        "bad_doorbell", f"{len(SECRET)} characters", "no_doorbell",
    )  # fmt: skip
    assert desk.ask("replay", one["id"])[0] == 1
    assert desk.ask("drop", one["id"])[0] == 0
    assert desk.ask()[1]["count"] == 0


def test_a_doorbell_that_nobody_heeded_is_rung_again(desk):
    bell = Doorbell(BellKind.OUTBOX, ANA, REPLY)
    url = queue_url_of(desk.queues.outbox)
    desk.sqs.send_message(
        QueueUrl=url, MessageBody=bell.to_json(), MessageGroupId=ANA, MessageDeduplicationId="1"
    )

    status, told = desk.ask("replay", "--all", "--reason", "never_heeded")

    assert (status, told["counts"]) == (0, {"replayed": 1})
    assert desk.rung(desk.queues.outbox) == [bell]
    assert desk.ask()[1]["count"] == 0


def test_an_item_that_can_be_read_by_now_takes_part_again(desk):
    desk.put(ASKED[0], Direction.INBOUND, InboundState.NEW)
    model = desk.tables.messages
    model(ANA, ASKED[0]).update([model.parked.set("unreadable_item"), model.pending.remove()])
    bell = Doorbell(BellKind.INBOX, ANA, ASKED[0])
    SqsDeadLetters(desk.sqs, desk.queues.inbox[0], new_id=str).put(
        bell.to_json(), "unreadable_item"
    )

    assert desk.ask("replay", "--all")[0] == 0

    item = model.get(ANA, ASKED[0])
    assert (item.parked, item.pending) == (None, f"in#{shard_of(ANA, 4)}")
    assert desk.rung(desk.queues.inbox[shard_of(ANA, 4)]) == [bell]


def test_an_unknown_id_is_told_and_fails(desk):
    assert desk.ask("replay", "inbox:none")[0] == 1
    assert desk.ask("explain", "inbox:none")[1]["unknown"] == ["inbox:none"]


def test_replaying_nothing_in_particular_is_refused(desk):
    done = CliRunner().invoke(application(), ["dead-letters", "replay"])

    assert done.exit_code == 2


def test_in_the_list_every_id_is_whole(desk, tmp_path):
    desk.fails(63024)

    where = ["--data", str(tmp_path / "none"), "--env", str(tmp_path / "absent.env")]
    shown = CliRunner().invoke(application(), ["dead-letters", *where]).output

    assert f" {ANA}:{REPLY} " in shown.splitlines()[-3]
