"""The sender's failure stories: in order, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversation.errors import Defect
from conversation.messages import Direction, Kind, Notice, OutboundState
from conversation.signals import Signal
from functions.reply_sender.steps import Done, Later
from tests.unit.functions.reply_sender.world import (
    ADDRESS,
    ANA,
    BUSY,
    NOW,
    TEMPLATE,
    TURN,
    UNREACHABLE,
    World,
    a_message,
    a_question,
    refused,
)

PENDING, CLAIMED, SENT = OutboundState.PENDING, OutboundState.CLAIMED, OutboundState.SENT
FAILED, SKIPPED = OutboundState.FAILED, OutboundState.SKIPPED


@pytest.fixture
def world():
    return World()


def a_confirmation(n=0):
    return a_message(n, kind=Kind.NOTICE, reason=Notice.OPT_OUT, content="Listo")


def test_parts_go_out_in_order(world):
    world.store(a_message(3), a_message(1), a_message(2), a_question())

    assert world.serve() == Done()
    assert world.bodies == ["part 1", "part 2", "part 3"]
    assert world.states == [SENT, SENT, SENT]


def test_a_post_carries_our_id_in_the_address_of_its_callback(world):
    world.store(a_message(1))

    world.serve()

    (posted,) = world.twilio.posted
    assert posted.to == ADDRESS
    assert posted.status_callback == (
        f"https://hilo.example.com/twilio/status?c={ANA}&k={TURN}~001"
    )


def test_what_is_sent_is_recorded_with_its_sid_and_time(world):
    world.store(a_message(1))
    world.clock.pass_by(2)

    world.serve()

    (message,) = world.table.messages.values()
    assert message.twilio_message_id == world.twilio.listed[0].sid
    assert message.sent_at == NOW + timedelta(seconds=2)
    assert (Signal.REPLY_SENT, 2000) in [(n, k.get("latency_ms")) for n, k in world.signals]


def test_a_second_doorbell_sends_nothing(world):
    world.store(a_message(1))
    world.serve()

    assert world.serve() == Done()
    assert world.bodies == ["part 1"]


def test_a_skipped_waiting_notice_is_not_sent(world):
    world.store(a_message(0, kind=Kind.NOTICE, state=SKIPPED), a_message(1))

    world.serve()

    assert world.bodies == ["part 1"]


def test_what_twilio_was_too_busy_for_waits_and_so_does_the_rest(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [BUSY]

    assert world.serve() == Later()
    assert world.states == [PENDING, PENDING]
    assert world.bodies == ["part 1"]


def test_a_refused_connection_sent_nothing(world):
    world.store(a_message(1))
    world.twilio.answers = [UNREACHABLE]

    assert world.serve() == Later()
    assert world.serve() == Done()
    assert world.states == [SENT]


def test_a_passing_refusal_keeps_the_message_in_its_place(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(63018)]

    assert world.serve() == Later()
    assert world.states == [PENDING, PENDING]


def test_a_claim_that_is_ten_seconds_old_is_not_sent_on(world):
    world.store(a_message(1))
    naps = iter([11])
    claim = world.table.claim

    def slowly(*args):
        done = claim(*args)
        world.clock.pass_by(next(naps, 0))
        return done

    world.table.claim = slowly
    world.twilio.send = _alert(world, world.twilio.send)

    assert world.serve() == Done()
    assert [k.get("reason") for n, k in world.signals if n is Signal.REPLY_POSTPONED] == [
        "claim_stale"
    ]
    assert world.bodies == ["part 1"]


def _alert(world, send):
    def sending(message):
        (stored,) = world.table.messages.values()
        assert (world.clock() - stored.claimed_at).total_seconds() < 10
        return send(message)

    return sending


def test_a_person_who_opted_out_after_the_answer_was_stored_gets_nothing(world):
    world.store(a_message(1), a_message(2))
    world.alter(opted_out=True)

    assert world.serve() == Done()
    assert world.bodies == []
    assert world.states == [SKIPPED, SKIPPED]


def test_an_opt_out_between_the_read_and_the_claim_is_noticed_by_the_claim(world):
    world.store(a_message(1))
    world.table.before_claim = lambda: world.alter(opted_out=True)

    assert world.serve() == Done()
    assert world.bodies == []
    assert world.states == [SKIPPED]


def test_the_confirmation_of_an_opt_out_goes_out_all_the_same(world):
    world.store(a_confirmation(), a_message(1))
    world.alter(opted_out=True, paused_until=NOW + timedelta(hours=1))

    world.serve()

    assert world.bodies == ["Listo"]
    assert world.states == [SENT, SKIPPED]


def test_a_paused_conversation_keeps_its_answers_and_lets_operators_through(world):
    world.store(a_message(1), a_message(2, kind=Kind.OPERATOR, content="Soy Luz"))
    world.alter(paused_until=NOW + timedelta(hours=1))

    assert world.serve() == Done()
    assert world.bodies == ["Soy Luz"]
    assert world.wait(3601) == Done()
    assert world.bodies == ["Soy Luz", "part 1"]


def test_outside_the_window_nothing_is_sent_and_the_reason_is_kept(world):
    world.store(a_message(1))
    world.alter(last_inbound_at=NOW - timedelta(hours=24))

    assert world.serve() == Done()
    assert world.bodies == []
    assert next(iter(world.table.messages.values())).reason == "window_closed"


def test_a_window_that_was_never_open_is_closed(world):
    world.store(a_message(1))
    world.alter(last_inbound_at=None)

    world.serve()

    assert world.states == [FAILED]


def test_outside_the_window_the_template_goes_instead():
    world = World(template=TEMPLATE)
    world.store(a_message(1))
    world.alter(last_inbound_at=NOW - timedelta(hours=24))

    assert world.serve() == Done()
    assert [m.content_sid for m in world.twilio.posted] == [TEMPLATE.content_sid]
    assert world.states == [FAILED, SENT]


def test_a_template_needs_no_window(world):
    world.store(a_message(1, kind=Kind.OPENER, content_sid=TEMPLATE.content_sid))
    world.alter(last_inbound_at=None)

    world.serve()

    assert world.states == [SENT]


@pytest.mark.parametrize(("kind", "state"), [(Kind.OPENER, SENT), (Kind.REPLY, FAILED)])
def test_the_sandbox_takes_free_text_as_opener_alone(kind, state):
    world = World(sandbox=True)
    world.store(a_message(1, kind=kind))
    world.alter(last_inbound_at=None)

    world.serve()

    assert world.states == [state]


def test_a_window_that_twilio_finds_closed_brings_the_template():
    world = World(template=TEMPLATE)
    world.store(a_message(1))
    world.twilio.answers = [refused(63016)]

    assert world.serve() == Done()
    assert [m.content_sid for m in world.twilio.posted] == [None, TEMPLATE.content_sid]
    assert world.states == [FAILED, SENT]


@pytest.mark.parametrize("code", [21610, 63014])
def test_a_person_who_blocked_us_has_opted_out(world, code):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(code)]

    assert world.serve() == Done()
    assert world.table.state.opted_out
    assert world.states == [FAILED, SKIPPED]
    assert Signal.PERSON_OPTED_OUT in world.signals.names()


def test_a_refusal_for_good_fails_one_message_and_lets_the_next_go(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(21617)]

    assert world.serve() == Done()
    assert world.states == [FAILED, SENT]
    failed = [keys for name, keys in world.signals if name is Signal.REPLY_FAILED]
    assert [(keys["code"], keys["reason"]) for keys in failed] == [(21617, "too_long")]


@pytest.mark.parametrize("code", [20003, 20403, 21606, 63020, 63038, 30002])
def test_what_the_account_cannot_send_now_waits_in_order_and_loses_nothing(world, code):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(code)]

    assert world.serve() == Done()
    assert world.states == [PENDING, PENDING]
    assert len(world.twilio.posted) == 1
    assert Signal.SENDING_BLOCKED in world.signals.names()

    assert world.wait(60) == Done()
    assert world.states == [SENT, SENT]


def test_while_the_account_is_refused_one_message_a_minute_is_the_probe_for_all(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(20003), refused(20003)]
    for _ in range(5):
        assert world.serve() == Done()
    assert len(world.twilio.posted) == 1

    for _ in range(5):
        assert world.wait(12) == Done()
    assert len(world.twilio.posted) == 2
    assert world.states == [PENDING, PENDING]

    world.wait(60)
    assert world.states == [SENT, SENT]


def test_a_probe_that_gets_no_answer_does_not_let_the_others_through(world):
    world.store(a_message(1))
    world.twilio.answers = [refused(20003), UNREACHABLE]
    world.serve()

    world.wait(60)
    assert world.serve() == Done()

    assert len(world.twilio.posted) == 2
    assert world.states == [PENDING]


def test_what_has_waited_for_a_day_needs_no_probe_to_fail(world):
    world.store(a_message(1, content_sid=TEMPLATE.content_sid, kind=Kind.OPENER))
    world.twilio.answers = [refused(20003)] * 2
    world.serve()
    world.clock.pass_by(25 * 3600 - 1)
    world.sender.account.refused(world.clock())

    assert world.wait(1) == Done()

    assert world.states == [FAILED]


def test_what_waited_for_the_account_for_a_day_fails_and_can_be_replayed(world):
    template = {"content_sid": TEMPLATE.content_sid, "kind": Kind.OPENER}
    world.store(a_message(1, **template, sent_at=NOW - timedelta(hours=25)))
    world.twilio.answers = [refused(20003)]

    assert world.serve() == Done()
    assert world.states == [FAILED]


def test_a_callback_that_outran_our_own_record_is_no_duplicate(world):
    world.store(a_message(1))
    world.twilio.send = _called_back(world, "SM" + "0" * 32, "SM" + "0" * 32)

    assert world.serve() == Done()
    assert world.states == [OutboundState.DELIVERED]
    assert Signal.DUPLICATE_SENT not in world.signals.names()


def test_a_second_sid_for_one_message_is_told(world):
    world.store(a_message(1))
    world.twilio.send = _called_back(world, "SM" + "1" * 32, "SM" + "2" * 32)

    world.serve()

    assert Signal.DUPLICATE_SENT in world.signals.names()


def _called_back(world, by_callback, by_answer):
    def sending(_message):
        world.table.advance(a_message(1), OutboundState.DELIVERED, by_callback, NOW)
        return by_answer

    return sending


def test_when_the_time_is_up_another_invocation_goes_on(world):
    world.store(a_message(1), a_message(2))
    left = iter([30.0, 11.0])

    outcome = world.sender.serve(ANA, TURN, lambda: next(left))

    assert outcome == Done()
    assert world.bodies == ["part 1"]
    assert [bell.key for bell in world.bells] == [f"{TURN}~002"]


def test_a_queue_that_takes_no_second_ring_keeps_the_first(world):
    world.store(a_message(1))
    world.bells.broken = True

    assert world.serve(time_left=11.0) == Later(0)


def test_a_contact_that_keeps_changing_is_left_for_later(world):
    world.store(a_message(1))
    world.table.claim = lambda *_: False

    assert world.serve() == Later()


def test_what_another_sender_settled_first_is_read_again(world):
    world.store(a_message(1), a_message(2))
    world.alter(opted_out=True)
    skip, refusals = world.table.skip, iter([False])
    world.table.skip = lambda *known: next(refusals, True) and skip(*known)

    assert world.serve() == Done()
    assert world.states == [SKIPPED, SKIPPED]


def test_a_refusal_that_another_wrote_down_first_is_read_again(world):
    world.store(a_message(1), a_message(2))
    world.twilio.answers = [refused(21617)]
    fail = world.table.fail

    def twice(*args, **known):
        return fail(*args, **known) and False

    world.table.fail = twice

    assert world.serve() == Done()
    assert world.states == [FAILED, SENT]
    assert Signal.REPLY_FAILED not in world.signals.names()


def test_a_message_for_nobody_is_a_defect(world):
    world.store(a_message(1))
    world.alter(address=None)

    with pytest.raises(Defect):
        world.serve()


def test_what_people_wrote_is_not_sent_back_to_them(world):
    world.store(a_question())

    assert world.serve() == Done()
    assert world.bodies == []
    assert all(m.direction is Direction.INBOUND for m in world.table.messages.values())
