"""Whole ticks over batches, with everything but the table and the provider real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.batches import Recipient, Stage
from conversation.calls import CallState
from conversation.errors import Defect, Permanent, Transient
from conversation.signals import Signal
from functions.batch_monitor.setbacks import MOST
from functions.batch_monitor.watch import RESERVE_S
from tests.calls import NOW
from tests.workspace import Deployment, Workspace, one


def test_three_old_finished_batches_and_one_new_call_make_one_opener():
    workspace = Workspace()
    long_ago = NOW - timedelta(days=10)
    for n in (1, 2, 3):
        workspace.add(
            f"old_{n}", one(n, minutes_ago=10 * 24 * 60, batch_id=f"old_{n}"), moved=long_ago
        )
    workspace.add("new", one(9, batch_id="new"))
    deployment = Deployment(workspace, first_start=NOW - timedelta(hours=1))

    deployment.tick()
    deployment.tick()

    assert len(deployment.openers) == 1
    assert workspace.asked == ["batches"]
    assert deployment.decisions.batch_marks["old_1"].reason == "before_first_start"


def test_a_batch_of_which_no_time_is_told_is_looked_at_all_the_same():
    workspace = Workspace()
    workspace.add("btcal_1", one(1), moved=datetime.fromtimestamp(0, UTC))
    deployment = Deployment(workspace)

    deployment.tick()

    assert len(deployment.openers) == 1


def test_after_an_outage_of_three_days_nothing_stale_is_opened_and_each_has_its_reason():
    workspace = Workspace()
    stale = [one(n, minutes_ago=70 * 60) for n in range(3)]
    odd = one(3, minutes_ago=70 * 60, stage=Stage.VOICEMAIL)
    workspace.add("btcal_1", *stale, odd, one(4), moved=NOW - timedelta(hours=2))
    deployment = Deployment(workspace, first_start=NOW - timedelta(days=5))

    deployment.tick()

    assert len(deployment.openers) == 1
    assert deployment.decisions.told() == {
        "rcpt_0": ("not_started", "too_old"),
        "rcpt_1": ("not_started", "too_old"),
        "rcpt_2": ("not_started", "too_old"),
        "rcpt_3": ("not_started", "voicemail"),
        "rcpt_4": ("started", None),
    }
    assert workspace.asked == ["batches", "btcal_1", "conv_4"]


def test_a_batch_that_did_not_move_is_not_opened_again():
    workspace = Workspace()
    workspace.add("btcal_1", one(1))
    deployment = Deployment(workspace)
    deployment.tick()

    deployment.tick()
    quiet = list(workspace.asked)
    workspace.add("btcal_1", one(1), one(2), moved=NOW + timedelta(seconds=5))
    deployment.tick()

    assert quiet == ["batches"]
    assert workspace.asked == ["batches", "btcal_1", "conv_2"]


def test_a_batch_that_goes_on_is_opened_at_each_tick_and_asks_for_new_calls_alone():
    workspace = Workspace()
    workspace.add("btcal_1", one(1), one(2, stage=Stage.MOVING), status="in_progress")
    deployment = Deployment(workspace)
    deployment.tick()

    deployment.tick()

    assert workspace.asked == ["batches", "btcal_1"]
    assert deployment.decisions.told() == {"rcpt_1": ("started", None)}


def test_a_batch_that_is_only_scheduled_is_left_alone():
    workspace = Workspace()
    workspace.add("btcal_1", status="pending")
    deployment = Deployment(workspace)

    deployment.tick()

    assert workspace.asked == ["batches"]


def test_a_finished_batch_stays_open_while_a_call_is_in_analysis():
    workspace = Workspace()
    workspace.add("btcal_1", one(1, state=CallState.PROCESSING, summary=None), one(2))
    deployment = Deployment(workspace)
    deployment.tick()
    waiting = deployment.decisions.told()["rcpt_1"]

    deployment.now += timedelta(minutes=1)
    workspace.documents["conv_1"] = one(1)[1]
    deployment.tick()

    assert waiting == ("waiting", "processing")
    assert deployment.decisions.told()["rcpt_1"] == ("started", None)
    assert deployment.decisions.batch_marks["btcal_1"].undecided == 0


def test_an_analysis_that_never_comes_is_not_waited_for_longer_than_an_hour():
    workspace = Workspace()
    workspace.add("btcal_1", one(1, state=CallState.PROCESSING, summary=None))
    deployment = Deployment(workspace)
    deployment.tick()

    deployment.now += timedelta(hours=1)
    deployment.tick()

    assert len(deployment.openers) == 1


def test_who_is_called_again_in_a_retried_batch_is_decided_on_again():
    workspace = Workspace()
    workspace.add("btcal_1", one(1, stage=Stage.VOICEMAIL))
    deployment = Deployment(workspace)
    deployment.tick()
    again, call = one(2)

    retried = Recipient(
        recipient_id="rcpt_1", stage=Stage.COMPLETED, updated_at=NOW, call_id=again.call_id
    )
    workspace.add("btcal_1", (retried, call), moved=NOW + timedelta(minutes=1))
    deployment.tick()

    assert deployment.decisions.told() == {"rcpt_1": ("started", None)}


def test_time_that_runs_out_leaves_the_rest_to_the_next_tick():
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(10)))
    deployment = Deployment(workspace)
    left = iter([60.0] * 5 + [RESERVE_S] * 99)

    deployment.tick(lambda: next(left))
    first = len(deployment.openers)
    deployment.tick()

    assert 0 < first < 10
    assert len(deployment.openers) == 10
    assert len({opener.contact_id for opener in deployment.openers}) == 10


def test_thousands_of_recipients_are_each_opened_once_over_many_ticks():
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(1_000)))
    deployment = Deployment(workspace)

    for _ in range(3):
        budget = iter(range(400, 0, -1))
        deployment.tick(lambda budget=budget: next(budget, 0))

    assert len(deployment.openers) == 1_000
    assert deployment.decisions.batch_marks["btcal_1"].undecided == 0


def test_those_never_looked_at_go_before_those_that_wait():
    workspace = Workspace()
    workspace.add("btcal_1", one(1, state=CallState.PROCESSING), status="in_progress")
    deployment = Deployment(workspace)
    deployment.tick()

    stuck = one(1, state=CallState.PROCESSING)
    workspace.add("btcal_1", stuck, one(2), status="in_progress")
    deployment.tick()

    assert workspace.asked == ["batches", "btcal_1", "conv_2", "conv_1"]


def test_other_agents_batches_are_not_opened():
    workspace = Workspace()
    workspace.add("btcal_1", one(1), agent_id="agent_2")
    deployment = Deployment(workspace, MONITOR_AGENT_IDS="agent_1")

    deployment.tick()

    assert workspace.asked == ["batches"]


def test_a_call_that_was_deleted_is_recorded_as_gone():
    workspace = Workspace()
    workspace.add("btcal_1", one(1))
    workspace.documents.clear()
    deployment = Deployment(workspace)

    deployment.tick()

    assert deployment.decisions.told() == {"rcpt_1": ("not_started", "call_gone")}


def test_a_call_that_we_stumble_over_does_not_keep_the_others_from_being_settled():
    workspace = Workspace()
    workspace.add("btcal_1", one(1), one(2))
    deployment = Deployment(workspace)

    def stumble():
        raise Defect("too large", reason="bad_transaction")

    deployment.starts.meanwhile = stumble
    deployment.tick()

    assert deployment.decisions.told() == {
        "rcpt_1": ("not_started", "defect"),
        "rcpt_2": ("started", None),
    }
    assert Signal.DEFECT_FOUND in deployment.signals.names()


BROKEN = Transient("500", reason="server_error")
REFUSED = Permanent("422", reason="invalid_request")


@pytest.mark.parametrize("fault", [BROKEN, REFUSED])
@pytest.mark.parametrize("where", ["btcal_1", "conv_1"])
def test_what_always_fails_does_not_keep_those_behind_it_from_being_settled(where, fault):
    workspace = Workspace()
    workspace.add("btcal_1", one(1), one(2))
    workspace.add("btcal_2", one(3, batch_id="btcal_2"))
    workspace.broken[where] = fault
    deployment = Deployment(workspace)

    deployment.tick()

    assert deployment.decisions.told()["rcpt_3"] == ("started", None)
    assert ("rcpt_2" in deployment.decisions.told()) is (where == "conv_1")
    assert "rcpt_1" not in deployment.decisions.told()
    (told,) = [keys for name, keys in deployment.signals if name is Signal.PROVIDER_FAILED]
    assert told["reason"] == fault.reason


def test_what_failed_is_looked_at_again_by_the_next_tick():
    workspace = Workspace()
    workspace.add("btcal_1", one(1), one(2))
    workspace.broken["conv_1"] = BROKEN
    deployment = Deployment(workspace)
    deployment.tick()

    workspace.broken.clear()
    deployment.tick()

    assert len(deployment.openers) == 2


def test_a_provider_that_fails_at_everything_is_not_asked_for_each_of_a_crowd():
    workspace = Workspace()
    workspace.add("btcal_1", *(one(n) for n in range(50)))
    workspace.broken = {f"conv_{n}": BROKEN for n in range(50)}
    deployment = Deployment(workspace)

    deployment.tick()

    assert len(workspace.asked) == len(["batches", "btcal_1"]) + MOST + 1


@pytest.mark.parametrize("where", ["batches", "btcal_1", "conv_1"])
def test_a_provider_that_is_down_ends_the_tick_and_the_next_one_goes_on(where):
    workspace = Workspace()
    workspace.add("btcal_1", one(1))
    workspace.fault = (where, Transient("down", reason="server_error", retry_after_s=7))
    deployment = Deployment(workspace)

    deployment.tick()
    told = [keys for name, keys in deployment.signals if name is Signal.PROVIDER_FAILED]
    workspace.fault = None
    deployment.tick()

    assert told == [
        {"where": "batch_monitor", "reason": "server_error", "retry_after_s": 7},
    ]
    assert len(deployment.openers) == 1


def test_a_refused_key_is_told_with_its_remedy():
    workspace = Workspace()
    workspace.fault = ("batches", Permanent("Check ELEVENLABS_API_KEY", reason="invalid_api_key"))
    deployment = Deployment(workspace)

    deployment.tick()

    ((_, keys),) = deployment.signals
    assert (keys["reason"], keys["remedy"]) == ("invalid_api_key", "Check ELEVENLABS_API_KEY")
