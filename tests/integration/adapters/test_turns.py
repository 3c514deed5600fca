"""A shard's owner at the tables: asking, answering, and being refused."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from conversation.adapters.tables.buried import BuriedTable
from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence, Owner
from conversation.adapters.tables.mapping import item_of
from conversation.adapters.tables.poison import Poison
from conversation.adapters.tables.turns import TurnTable
from conversation.answers import Answer
from conversation.dead_letters import FLOOD
from conversation.doorbells import BellKind
from conversation.errors import Fenced
from conversation.messages import (
    Direction,
    InboundState,
    Kind,
    Message,
    Notice,
    OutboundState,
    notice_key,
)
from conversation.signals import Recorded
from conversation.sitting import Sitting
from conversation.state import ConversationState, Status
from conversation.turns import next_turn
from tests.letters import Letters

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
ME = Owner(epoch=5, shard=1)
LATER = Owner(epoch=6, shard=1)
KEYS = [f"01{n:024}" for n in range(10)]


class Desk:
    """The owner's tables with one contact, and what a test asks of them."""

    def __init__(self, tables, pace, chance):
        tokens = (f"token-{n}" for n in itertools.count())
        fence = Fence(tables, pace=pace, chance=chance, new_token=lambda: next(tokens))
        self.tables = tables
        self.letters, self.signals = Letters(), Recorded()
        poison = Poison(tables, self.letters, self.signals, kind=BellKind.INBOX)
        self.contacts = ContactTable(fence, poison)
        self.turns = TurnTable(fence, shards=4)

    def write(self, *texts, first=0):
        for n, text in enumerate(texts, first):
            message = Message(
                contact_id=ANA, message_key=KEYS[n], conversation_id=ANA,
                direction=Direction.INBOUND, kind=Kind.MESSAGE, content=text,
                state=InboundState.NEW, sent_at=NOW,
            )  # fmt: skip
            item_of(self.tables.messages, message, shards=4).save()

    def turn(self):
        return next_turn(self.contacts.read(ANA, None, 50))

    def ask(self, turn, owner=ME, session="conv_1", known=None):
        return self.turns.ask(turn, owner, session, known or ConversationState(contact_id=ANA), NOW)

    def answer(self, turn, *parts, owner=ME, **known):
        return self.turns.answer(an_answer(turn, *parts, **known), owner, NOW)

    def kept(self):
        return {m.message_key: m for m in self.contacts.read(ANA, None, 50)}

    def states(self):
        return {key: message.state for key, message in self.kept().items()}

    @property
    def state(self):
        return self.tables.state.get(ANA)


def an_answer(turn, *parts, session="conv_1", final=True, first=1, open=True, unsent=False):  # noqa: A002
    return Answer(
        turn=turn, parts=parts, final=final, first_ordinal=first, open=open,
        notice_unsent=unsent, session=session, event_id="1", latency_ms=900,
    )  # fmt: skip


@pytest.fixture
def desk(tables, pace, chance):
    made = Desk(tables, pace, chance)
    made.contacts.touch(ANA, ME)
    made.write("hola", "¿qué tal?")
    return made


def test_the_first_touch_makes_the_contact_ours(desk):
    assert desk.contacts.touch(ANA, LATER).epoch == 6


def test_a_contact_is_kept_under_the_name_that_its_owner_has_for_it(desk):
    assert desk.contacts.touch(ANA, ME).contact_id is ANA


def test_an_older_epoch_cannot_touch_a_contact(desk):
    desk.contacts.touch(ANA, LATER)

    with pytest.raises(Fenced):
        desk.contacts.touch(ANA, ME)


def test_the_end_of_a_socket_tells_how_many_messages_there_are_by_then(desk):
    desk.contacts.opened(ANA, ME, "conv_1", "agent_1", NOW)
    turn = desk.turn()
    desk.ask(turn)
    desk.answer(turn, "uno", "dos")

    assert desk.contacts.closed(ANA, ME) == 2
    assert desk.state.open_on is None


def test_an_older_owner_cannot_record_the_end_of_a_socket(desk):
    desk.contacts.opened(ANA, ME, "conv_1", "agent_1", NOW)
    desk.contacts.touch(ANA, LATER)

    with pytest.raises(Fenced):
        desk.contacts.closed(ANA, ME)
    assert desk.state.open_on is not None


def test_reading_goes_back_to_the_key_it_was_rung_for(desk):
    desk.write(*"abcdefgh", first=2)

    read = desk.contacts.read(ANA, KEYS[3], 2)

    assert [m.message_key for m in read] == KEYS[3:]


def test_a_turn_is_asked_with_all_its_messages(desk):
    turn = desk.turn()

    assert desk.ask(turn)
    assert {m.state for m in desk.kept().values()} == {InboundState.ASKED}
    assert {m.turn for m in desk.kept().values()} == {KEYS[1]}
    assert desk.state.status == Status.AGENT_THINKING


def test_what_comes_while_a_turn_is_asked_is_not_part_of_it(desk):
    desk.ask(desk.turn())
    desk.write("y otra cosa", first=2)

    again = desk.turn()

    assert again.keys == (KEYS[0], KEYS[1])
    assert again.attempts == 1


def test_another_turn_cannot_take_messages_that_were_asked(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.write("más", first=2)
    larger = next_turn([m for m in desk.kept().values() if not m.turn])

    assert desk.ask(larger)
    assert not desk.ask(type(turn)(KEYS[2], turn.messages))


@pytest.mark.parametrize(
    "change",
    [
        {"opted_out": True},
        {"paused_until": NOW + timedelta(hours=1)},
        {"context_version": 1},
    ],
    ids=["opted out", "paused", "a new call"],
)
def test_nothing_is_asked_when_the_state_has_changed(desk, change):
    state = desk.tables.state
    state(contact_id=ANA).update([getattr(state, k).set(v) for k, v in change.items()])

    assert not desk.ask(desk.turn())
    assert set(desk.states().values()) == {InboundState.NEW}


def test_an_answer_ends_the_turn_and_waits_to_be_sent(desk):
    turn = desk.turn()
    desk.ask(turn)

    keys = desk.answer(turn, "Hola.", "¿En qué ayudo?")

    assert keys == (f"{KEYS[1]}~001", f"{KEYS[1]}~002")
    assert desk.states() == {
        KEYS[0]: InboundState.ANSWERED,
        KEYS[1]: InboundState.ANSWERED,
        keys[0]: OutboundState.PENDING,
        keys[1]: OutboundState.PENDING,
    }
    assert desk.state.status == Status.WAITING_PERSON
    assert (desk.state.message_count, desk.state.last_message_key) == (2, keys[1])


def test_more_text_of_an_answered_turn_takes_the_next_key(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.answer(turn, "Hola.")

    assert desk.answer(turn, "Y algo más.", first=2, open=False) == (f"{KEYS[1]}~002",)


def test_the_same_answer_committed_again_is_said_once(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.answer(turn, "Hola.")

    assert desk.answer(turn, "Hola.") == ()
    assert len(desk.kept()) == 3


def test_the_answer_of_a_second_ask_is_dropped_when_the_first_was_answered(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.answer(turn, "Hola.")

    assert desk.answer(turn, "Buenas.", session="conv_2") == ()
    assert [m.content for m in desk.kept().values()][-1] == "Hola."


def test_an_interim_text_leaves_the_turn_open(desk):
    turn = desk.turn()
    desk.ask(turn)

    desk.answer(turn, "Déjeme ver.", final=False)

    assert desk.states()[KEYS[1]] is InboundState.ASKED


def test_an_interim_text_is_not_repeated_by_a_second_ask_and_its_answer_is_not_lost(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.answer(turn, "Déjeme ver.", final=False)
    desk.ask(desk.turn(), session="conv_2")

    assert desk.answer(turn, "Un segundo.", final=False, session="conv_2") == ()
    assert desk.answer(turn, "Es el 7431.", session="conv_2") == (f"{KEYS[1]}~002",)
    said = [m.content for k, m in desk.kept().items() if "~" in k]
    assert said == ["Déjeme ver.", "Es el 7431."]


def test_a_waiting_notice_that_was_not_sent_is_held_back_by_the_answer(desk):
    turn = desk.turn()
    desk.ask(turn)
    asked = desk.turn().messages[-1]
    key = desk.turns.notice(asked, Notice.WAITING, "Un momento…", ME, NOW)

    desk.answer(turn, "Hola.", unsent=True)

    assert key == notice_key(turn.key, Notice.WAITING)
    assert desk.states()[key] is OutboundState.SKIPPED


def test_a_waiting_notice_on_its_way_does_not_hold_up_the_answer(desk):
    turn = desk.turn()
    desk.ask(turn)
    key = desk.turns.notice(desk.turn().messages[-1], Notice.WAITING, "Un momento…", ME, NOW)
    model = desk.tables.messages
    model(ANA, key).update([model.state.set(OutboundState.CLAIMED)])

    assert desk.answer(turn, "Hola.", unsent=True) == (f"{KEYS[1]}~001",)
    assert desk.states()[key] is OutboundState.CLAIMED


def test_a_notice_is_said_once(desk):
    desk.ask(desk.turn())
    asked = desk.turn().messages[-1]
    desk.turns.notice(asked, Notice.WAITING, "Un momento…", ME, NOW)

    assert desk.turns.notice(asked, Notice.WAITING, "Un momento…", ME, NOW) is None


def test_no_notice_is_put_for_what_was_answered_meanwhile(desk):
    turn = desk.turn()
    desk.ask(turn)
    asked = desk.turn().messages[-1]
    desk.answer(turn, "Hola.")

    assert desk.turns.notice(asked, Notice.WAITING, "Un momento…", ME, NOW) is None


def test_giving_up_fails_the_turn_with_one_notice(desk):
    turn = desk.turn()
    desk.ask(turn)

    assert desk.turns.give_up(desk.turn(), ME, "No pude…", NOW)
    assert desk.states() == {
        KEYS[0]: InboundState.FAILED,
        KEYS[1]: InboundState.FAILED,
        f"{KEYS[1]}~999": OutboundState.PENDING,
    }
    assert desk.state.status == Status.NEEDS_ATTENTION


def test_a_turn_given_up_a_second_time_fails_without_a_second_notice(desk):
    turn = desk.turn()
    desk.ask(turn)
    desk.turns.give_up(turn, ME, "No pude…", NOW)
    model = desk.tables.messages
    for key in turn.keys:
        model(ANA, key).update([model.state.set(InboundState.ASKED)])

    assert desk.turns.give_up(turn, ME, "No pude…", NOW)
    assert [desk.states()[key] for key in turn.keys] == [InboundState.FAILED] * 2
    assert len(desk.kept()) == 3


def test_a_process_that_lost_the_contact_writes_nothing(desk):
    turn = desk.turn()
    desk.ask(turn)
    before = desk.states()
    desk.contacts.touch(ANA, LATER)

    with pytest.raises(Fenced):
        desk.answer(turn, "tarde")
    with pytest.raises(Fenced):
        desk.turns.give_up(turn, ME, "No pude…", NOW)
    with pytest.raises(Fenced):
        desk.contacts.closed(ANA, ME)
    assert not desk.ask(turn)
    assert desk.turns.notice(turn.messages[-1], Notice.WAITING, "…", ME, NOW) is None
    assert desk.states() == before


def test_a_new_owner_finds_what_is_unfinished(desk):
    desk.tables.messages(ANA, KEYS[0]).refresh()
    shard = next(n for n in range(4) if desk.contacts.oldest_pending(n))

    assert desk.contacts.oldest_pending(shard) == {ANA: KEYS[0]}


def test_an_open_session_is_recorded_and_found_by_its_shard(desk):
    desk.contacts.opened(ANA, ME, "conv_1", "agent_1", NOW)

    assert [i.contact_id for i in desk.tables.state.open_sockets.query("1")] == [ANA]

    desk.contacts.closed(ANA, ME)
    assert list(desk.tables.state.open_sockets.query("1")) == []
    assert desk.state.elevenlabs_conversation_id == "conv_1"


def test_how_far_a_sitting_is_is_stored_with_the_turn(desk):
    sitting = Sitting(NOW - timedelta(hours=1), NOW, turns=7, version=2)

    assert desk.ask(desk.turn(), known=ConversationState(contact_id=ANA, sitting=sitting))

    assert desk.contacts.touch(ANA, ME).sitting == sitting


def test_when_turns_were_asked_is_stored_with_the_turn_for_the_next_owner(desk):
    asked = (NOW - timedelta(minutes=1), NOW)

    assert desk.ask(desk.turn(), known=ConversationState(contact_id=ANA, asked_lately=asked))

    assert desk.contacts.touch(ANA, LATER).asked_lately == asked


def test_what_is_set_aside_for_a_flood_is_found_among_the_dead_letters(desk):
    desk.ask(desk.turn())
    turn = desk.turn()

    assert desk.turns.set_aside(turn, ME, InboundState.FAILED, FLOOD, Status.NEEDS_ATTENTION, NOW)

    buried = BuriedTable(desk.tables, shards=4, pace=None, chance=None, new_token=str)
    assert [(each.key, each.reason) for each in buried.all()] == [
        (message.message_key, FLOOD) for message in turn.messages
    ]
