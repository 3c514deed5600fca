"""The person's phone in its three forms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conversation.errors import Transient
from conversation.identifiers import MessageSid
from conversation.messages import OutboundState
from conversation.outbox import Listed
from infra.local.flow.phones import OwnPhone, PlayedPhone, SimulatedPhone
from infra.local.flow.ports import Side, StepFailedError
from infra.local.flow.watch import Watch
from tests.unit.infra.local.flow.world import NOW, Everybody, a_message, an_inbound

PERSON, SENDER = "whatsapp:+573138539155", "whatsapp:+14155238886"


class Simulator:
    """The control API of a simulated Twilio, with one person."""

    def __init__(self, webhook=200):
        self.chat = [self._row("SMold", "of an earlier run", mine=False)]
        self.asked = []
        self.webhook = webhook

    def get(self, path):
        assert path == "/people/+573138539155/messages"
        return {"messages": list(self.chat)}

    def post(self, path, body=None):
        self.asked.append((path.rpartition("/")[2], body))
        if path.endswith("/open"):
            return {}
        self.chat.append(self._row("SMnew", body["body"], mine=True))
        attempts = [{"status": self.webhook}] if self.webhook else []
        return {"sid": "SMnew", "webhook": {"attempts": attempts}}

    @staticmethod
    def _row(sid, body, *, mine):
        return {"sid": sid, "body": body, "mine": mine, "status": "delivered"}


def a_simulated_phone(simulator):
    return SimulatedPhone(control=simulator, number=PERSON[9:], name="Ana", look_in="/logs/x")


def test_a_simulated_phone_is_taken_up_and_shows_what_is_new():
    simulator = Simulator()
    phone = a_simulated_phone(simulator)

    sid = phone.write("hola")

    assert simulator.asked == [
        ("open", None),
        ("say", {"body": "hola", "profile_name": "Ana", "wait": True}),
    ]
    assert [(b.sid, b.side, b.text) for b in phone.look()] == [(sid, Side.PERSON, "hola")]


@pytest.mark.parametrize(("webhook", "seen"), [(403, "403"), (None, "nothing")])
def test_a_webhook_that_does_not_take_a_message_is_a_failure(webhook, seen):
    phone = a_simulated_phone(Simulator(webhook))

    with pytest.raises(StepFailedError, match=f"it answered {seen}") as caught:
        phone.write("hola")

    assert caught.value.look_in == "/logs/x"


def test_a_played_phone_shows_what_the_table_says_was_taken():
    everybody, posted = Everybody(), []
    everybody.stored = [
        an_inbound("1"),
        a_message("1~001", state=OutboundState.SENT),
        a_message("1~002", state=OutboundState.PENDING, twilio_message_id=None),
        a_message("1~003", state=OutboundState.FAILED),
    ]

    phone = PlayedPhone(records=everybody, post=lambda text: posted.append(text) or "SM9")

    assert [(b.sid, b.side) for b in phone.look()] == [
        ("SM1", Side.PERSON),
        ("SM1~001", Side.AGENT),
    ]
    assert (phone.write("hola"), posted) == ("SM9", ["hola"])


def listed(sid, after_s=0, *, inbound=False, body="hola", other=PERSON):
    from_, to = (other, SENDER) if inbound else (SENDER, other)
    return Listed(
        sid=MessageSid(sid), inbound=inbound, from_=from_, to=to, body=body, status="delivered",
        error_code=None, media=0, created_at=NOW + timedelta(seconds=after_s),
    )  # fmt: skip


class Lists:
    """Twilio's list, the newest first. ``later`` comes with each further look."""

    def __init__(self, *messages, later=()):
        self.messages = list(messages)
        self.later = list(later)

    def sent_to(self, address, since):
        found = [m for m in reversed(self.messages) if not m.inbound and m.to == address]
        return [m for m in found if m.created_at >= since]

    def received(self, since):
        found = [m for m in reversed(self.messages) if m.inbound and m.created_at >= since]
        if self.later:
            self.messages.append(self.later.pop(0))
        return found


def an_own_phone(pace, lists, told=None):
    return OwnPhone(
        listed=lists,
        address=PERSON,
        since=NOW,
        watch=Watch(monotonic=pace.monotonic, pause=pace.sleep),
        patience_s=60.0,
        tell=(told if told is not None else []).append,
        look_in="/logs/gateway.jsonl",
    )


def test_ones_own_phone_shows_both_directions_as_twilio_lists_them(pace):
    other = listed("SMother", 1, inbound=True, other="whatsapp:+14155550123")
    nobody = replace(other, sid=MessageSid("SMnobody"), from_="messenger:1")
    old = replace(listed("SMold"), created_at=datetime(2020, 1, 1, tzinfo=UTC))
    failed = replace(listed("SMfailed", 5), status="undelivered")
    lists = Lists(
        old, listed("SM1"), listed("SM2", 5, inbound=True), other, nobody, listed("SM3", 5), failed
    )

    phone = an_own_phone(pace, lists)

    assert [(b.sid, b.side) for b in phone.look()] == [
        ("SM1", Side.AGENT),
        ("SM2", Side.PERSON),
        ("SM3", Side.AGENT),
    ]


def test_a_person_is_asked_to_write_and_waited_for(pace):
    told = []
    lists = Lists(
        listed("SM1", inbound=True),
        later=[listed("SM2", 3, inbound=True, other="whatsapp:+14155550123"),
               listed("SM3", 9, inbound=True)],
    )  # fmt: skip

    sid = an_own_phone(pace, lists, told).write("¿Cuál era el dato?")

    assert sid == "SM3"
    assert len(told) == 1
    assert "¿Cuál era el dato?" in told[0]


def test_a_person_who_does_not_write_is_a_failure(pace):
    with pytest.raises(StepFailedError, match="a message of yours, within 60 s"):
        an_own_phone(pace, Lists()).write("hola")


def test_a_list_that_does_not_answer_once_is_asked_again(pace):
    lists = Lists(later=[listed("SM1", inbound=True)])
    received, broken = lists.received, [Transient("busy", reason="busy")]

    def sometimes(since):
        if broken and pace.now:
            raise broken.pop()
        return received(since)

    lists.received = sometimes

    assert an_own_phone(pace, lists).write("hola") == "SM1"
