"""Agents that are left alone for a while."""

import random

import pytest

from connector.breakers import AGENT_WIDE, BreakerPolicy, Breakers
from connector.session.closing import KEY_REFUSED, Kind, Verdict

LOST = Verdict(Kind.RETRYABLE, "connection_lost")
POLICY = BreakerPolicy(failures=3, base_s=1.0, cap_s=60.0, configuration_s=600.0, probe_s=30.0)


class Most(random.Random):
    """Chance at its worst."""

    def uniform(self, a, b):
        return b


@pytest.fixture
def breakers():
    return Breakers(Most(), POLICY)


def fail(breakers, times, now=0.0, verdict=LOST, agent="a1"):
    for _ in range(times):
        breakers.failed(agent, verdict, now)


def test_a_few_failures_are_nothing(breakers):
    fail(breakers, 2)

    assert breakers.refusal("a1", 0.0) is None
    assert breakers.open == 0


def test_many_in_a_row_open_it_and_it_says_how_long(breakers):
    fail(breakers, 3)

    assert breakers.open == 1
    assert breakers.refusal("a1", 0.5) == Verdict(
        Kind.RETRYABLE, "connection_lost", retry_after_s=1.5
    )


def test_it_is_said_once_that_an_agent_is_left_alone(breakers):
    said = [breakers.failed("a1", LOST, now) for now in (0.0, 0.0, 0.0, 5.0, 90.0)]

    assert said == [False, False, True, False, False]


def test_what_needs_a_change_of_configuration_is_said_otherwise(breakers):
    assert not breakers.failed("a1", Verdict(Kind.CONFIGURATION, "quota"), 0.0)


def test_another_agent_is_not_concerned(breakers):
    fail(breakers, 3)

    assert breakers.refusal("a2", 0.0) is None


def test_a_success_in_between_starts_the_count_anew(breakers):
    fail(breakers, 2)
    breakers.opened("a1")
    fail(breakers, 2)

    assert breakers.refusal("a1", 0.0) is None


def test_when_its_pause_is_over_one_probe_goes_and_the_others_wait_for_it(breakers):
    fail(breakers, 3)

    assert breakers.refusal("a1", 2.0) is None
    assert breakers.refusal("a1", 2.0).retry_after_s == 30.0


def test_a_probe_that_succeeds_closes_it(breakers):
    fail(breakers, 3)
    breakers.refusal("a1", 2.0)

    breakers.opened("a1")

    assert breakers.refusal("a1", 2.1) is None
    assert breakers.open == 0


def test_a_probe_that_fails_doubles_the_pause_up_to_a_minute(breakers):
    fail(breakers, 3)
    pauses, now = [], 2.0
    for _ in range(6):
        assert breakers.refusal("a1", now) is None
        fail(breakers, 1, now)
        pauses.append(breakers.refusal("a1", now).retry_after_s)
        now += pauses[-1]

    assert pauses == [4, 8, 16, 32, 60, 60]


def test_a_probe_that_is_never_heard_of_is_made_again(breakers):
    fail(breakers, 3)
    assert breakers.refusal("a1", 2.0) is None

    assert breakers.refusal("a1", 32.0) is None


@pytest.mark.parametrize("reason", sorted(AGENT_WIDE))
def test_a_fault_in_the_agents_configuration_opens_it_at_once_and_for_long(breakers, reason):
    breakers.failed("a1", Verdict(Kind.CONFIGURATION, reason, "text_only"), 0.0)

    refusal = breakers.refusal("a1", 1.0)
    assert (refusal.kind, refusal.reason) == (Kind.CONFIGURATION, reason)
    assert refusal.retry_after_s == 599.0


def test_a_variable_that_one_call_lacks_is_not_the_agents_fault(breakers):
    fail(breakers, 9, verdict=Verdict(Kind.CONFIGURATION, "missing_dynamic_variable", "debt"))

    assert breakers.refusal("a1", 0.0) is None


def test_an_account_without_room_is_not_the_agents_fault(breakers):
    fail(breakers, 9, verdict=Verdict(Kind.CONCURRENCY, "too_many_requests"))

    assert breakers.refusal("a1", 0.0) is None


def test_an_ending_in_good_order_is_no_failure(breakers):
    fail(breakers, 9, verdict=Verdict(Kind.NORMAL, "drain"))

    assert breakers.refusal("a1", 0.0) is None


def test_another_key_closes_what_the_former_one_opened_and_nothing_else(breakers):
    fail(breakers, 1, verdict=Verdict(Kind.CONFIGURATION, KEY_REFUSED), agent="refused")
    fail(breakers, 3, agent="lost")

    breakers.mended(KEY_REFUSED)

    assert breakers.refusal("refused", 0.0) is None
    assert breakers.refusal("lost", 0.0) is not None
