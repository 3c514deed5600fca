"""Whole ticks over single calls, with everything but the table and the provider real."""

from __future__ import annotations

from conversation.batches import SINGLE_CALLS
from conversation.calls import CallDirection, CallResult, CallState
from tests.workspace import Deployment, a_single, a_workspace_of, one


def test_single_calls_are_not_even_listed_unless_they_are_wanted():
    deployment = Deployment(a_workspace_of(a_single(1, batch_id=None)))

    deployment.tick()

    assert deployment.workspace.asked == ["batches"]


def test_single_calls_are_continued_where_they_are_wanted():
    inbound = a_single(2, direction=CallDirection.INBOUND, batch_id=None)
    machine = a_single(3, result=CallResult.VOICEMAIL, batch_id=None)
    deployment = Deployment(
        a_workspace_of(a_single(1, batch_id=None), inbound, machine), CONTINUE_CALLS="outbound"
    )

    deployment.tick()
    deployment.tick()

    assert deployment.decisions.told() == {
        "conv_1": ("started", None),
        "conv_3": ("not_started", "voicemail"),
    }
    assert deployment.workspace.asked == ["batches", "calls"]


def test_a_batchs_call_seen_in_the_list_too_is_started_once():
    workspace = a_workspace_of(a_single(1))
    workspace.add("btcal_1", one(1))
    deployment = Deployment(workspace, CONTINUE_CALLS="all")

    deployment.tick()

    assert len(deployment.openers) == 1
    assert deployment.decisions.told() == {
        "rcpt_1": ("started", None),
        "conv_1": ("started", None),
    }


def test_the_list_is_read_from_the_oldest_call_that_is_undecided():
    old = a_single(1, minutes_ago=300, state=CallState.GOING_ON, batch_id=None)
    deployment = Deployment(a_workspace_of(old, a_single(2, batch_id=None)), CONTINUE_CALLS="all")

    deployment.tick()
    while_it_goes_on = deployment.decisions.batch_marks[SINGLE_CALLS]
    deployment.workspace.listed[0] = a_single(1, minutes_ago=300, batch_id=None)[0]
    deployment.tick()

    assert while_it_goes_on.undecided == 1
    assert while_it_goes_on.updated_unix == old[0].started_unix - 1
    assert len(deployment.openers) == 2
    assert deployment.decisions.batch_marks[SINGLE_CALLS].undecided == 0


def test_single_calls_wait_for_room_in_the_outbox_and_none_is_looked_at_meanwhile():
    deployment = Deployment(
        a_workspace_of(a_single(1, batch_id=None), a_single(2, batch_id=None)),
        CONTINUE_CALLS="outbound",
    )
    deployment.room = lambda: False
    deployment.tick()
    meanwhile = (list(deployment.workspace.asked), dict(deployment.decisions.batch_marks))

    deployment.room = lambda: True
    deployment.tick()

    assert meanwhile == (["batches", "calls"], {})
    assert len(deployment.openers) == 2


def test_a_single_call_does_not_wait_for_the_end_of_a_batch_that_fills_the_outbox():
    workspace = a_workspace_of(a_single(9, batch_id=None))
    workspace.add("btcal_1", *(one(n) for n in range(3)))
    deployment = Deployment(workspace, CONTINUE_CALLS="outbound")
    deployment.room = lambda: not deployment.openers
    deployment.mix_followers = list.reverse

    deployment.tick()

    assert deployment.decisions.told() == {"conv_9": ("started", None)}
