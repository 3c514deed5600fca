"""What was given up is replayed or dropped: recorded first, then done, then rung for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.dead_letters import UNREADABLE_ITEM, Box, Buried, Letter, Outcome
from conversation.doorbells import BellKind, Doorbell
from conversation.errors import Transient
from conversation.messages import Direction, InboundState, OutboundState
from conversation.replaying import Replaying
from conversation.state import ConversationState

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANA, KEY = "A" * 26, "01" + "0" * 24
BELL = Doorbell(BellKind.INBOX, ANA, KEY)


class World:
    """All that a replay touches, and in what order it was touched."""

    def __init__(self, state=None, *, changes=True, rings=True):
        self.done = []
        self.state = state or ConversationState(contact_id=ANA, last_inbound_at=NOW)
        self.changes, self.rings = changes, rings
        self.together = None

    def conversation(self, _contact_id):
        return self.state

    def turn_of(self, buried):
        return self.together or [buried]

    def replay(self, buried, _now):
        self.done.append(("replay", [each.key for each in buried]))
        return self.changes

    def drop(self, each):
        self.done.append(("drop", each.name))
        return self.changes

    def unpark(self, contact_id, key, _now):
        self.done.append(("unpark", contact_id, key))
        return True

    def ring(self, bell):
        if not self.rings:
            raise Transient("SQS took no doorbell", reason="queue_unavailable")
        self.done.append(("ring", bell))

    def begin(self, _key, who, action, target, _now):
        self.done.append(("begin", who, action, target))

    def end(self, _key, outcome, _now):
        self.done.append(("end", outcome))


def replaying(world):
    return Replaying(boxes=world, graves=world, bells=world, audit=world, new_key=lambda: "K")


def a_buried(**known):
    words = {
        "contact_id": ANA, "key": f"{KEY}~001", "direction": Direction.OUTBOUND, "kind": "reply",
        "state": OutboundState.FAILED, "reason": "bad_sender", "attempts": 0, "since": NOW,
    }  # fmt: skip
    return Buried(**(words | known))


def a_letter(body=None, reason="never_heeded"):
    text = BELL.to_json() if body is None else body
    return Letter(box=Box.INBOX, id="m", receipt="r", body=text, reason=reason, sent_at=NOW)


def test_a_message_is_recorded_made_new_and_rung_for_in_this_order():
    world = World()

    outcome = replaying(world).replay(a_buried(), "ana", NOW)

    assert outcome is Outcome.REPLAYED
    assert world.done == [
        ("begin", "ana", "replay", ANA),
        ("replay", [f"{KEY}~001"]),
        ("ring", Doorbell(BellKind.OUTBOX, ANA, f"{KEY}~001")),
        ("end", "replayed"),
    ]


def test_a_turn_goes_again_as_a_whole_and_is_rung_for_once():
    world = World()
    parts = [
        a_buried(key=f"{KEY}{n}", direction=Direction.INBOUND, state=InboundState.FAILED)
        for n in range(3)
    ]
    world.together = parts

    assert replaying(world).replay(parts[2], "ana", NOW) is Outcome.REPLAYED
    assert ("replay", [each.key for each in parts]) in world.done
    assert world.done[-2] == ("ring", Doorbell(BellKind.INBOX, ANA, f"{KEY}0"))


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (ConversationState(contact_id=ANA, last_inbound_at=NOW, opted_out=True), "opted_out"),
        (ConversationState(contact_id=ANA, last_inbound_at=NOW - timedelta(days=2)),
         "window_closed"),
    ],
)  # fmt: skip
def test_what_would_be_in_vain_is_recorded_and_not_done(state, outcome):
    world = World(state)

    assert replaying(world).replay(a_buried(), "ana", NOW) == outcome
    assert world.done == [("begin", "ana", "replay", ANA), ("end", outcome)]


def test_what_changed_meanwhile_is_not_rung_for():
    world = World(changes=False)

    assert replaying(world).replay(a_buried(), "ana", NOW) is Outcome.CHANGED
    assert replaying(world).drop(a_buried(), "ana", NOW) is Outcome.CHANGED
    assert [each for each in world.done if each[0] == "ring"] == []


def test_a_doorbell_is_rung_before_its_letter_is_gone():
    world = World()

    assert replaying(world).replay(a_letter(), "ana", NOW) is Outcome.REPLAYED
    assert world.done[1:3] == [("ring", BELL), ("drop", "inbox:m")]


def test_an_unreadable_item_is_let_in_again_before_it_is_rung_for():
    world = World()

    replaying(world).replay(a_letter(reason=UNREADABLE_ITEM), "ana", NOW)

    assert [each[0] for each in world.done] == ["begin", "unpark", "ring", "drop", "end"]


def test_what_is_no_doorbell_stays_where_it_is_until_it_is_dropped():
    world = World()
    poison = a_letter("hola")

    assert replaying(world).replay(poison, "ana", NOW) is Outcome.NO_DOORBELL
    assert replaying(world).drop(poison, "ana", NOW) is Outcome.DROPPED
    assert world.done == [
        ("begin", "ana", "replay", "inbox:m"), ("end", "no_doorbell"),
        ("begin", "ana", "drop", "inbox:m"), ("drop", "inbox:m"), ("end", "dropped"),
    ]  # fmt: skip


def test_a_letter_that_could_not_be_rung_stays_and_the_record_says_why():
    world = World(rings=False)

    with pytest.raises(Transient):
        replaying(world).replay(a_letter(), "ana", NOW)

    assert world.done == [("begin", "ana", "replay", ANA), ("end", "queue_unavailable")]
