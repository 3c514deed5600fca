import pytest

from tests.chaos.facts import author_of, order_of, tokens_in
from tests.chaos.plan import Act, Plan, number_of, person_at, sayings, strikes, with_words
from tests.chaos.presets import MUTANTS, PRESETS, TARGETS


def test_a_seed_replays_a_run_and_another_seed_does_not():
    plan = Plan(seed=7, kills=3, pauses=2)

    assert sayings(plan) == sayings(Plan(seed=7, kills=3, pauses=2))
    assert strikes(plan) == strikes(Plan(seed=7, kills=3, pauses=2))
    assert sayings(plan) != sayings(Plan(seed=8, kills=3, pauses=2))
    assert strikes(plan) != strikes(Plan(seed=8, kills=3, pauses=2))


def test_everybody_writes_as_often_as_planned_in_the_order_of_their_tokens():
    plan = Plan(conversations=20, messages=3)

    said = [tokens_in(saying.body) for saying in sayings(plan) if saying.person == 4]

    assert [order_of(min(tokens)) for tokens in said] == [0, 1, 2]
    assert {author_of(min(tokens)) for tokens in said} == {4}


def test_whoever_leaves_says_so_last():
    plan = Plan(conversations=5, opt_outs=1)

    assert [s.body for s in sayings(plan) if s.person == 4][-1] == "BAJA"


def test_nobody_hides_the_number_before_they_were_seen_with_it():
    plan = Plan(conversations=50, messages=2, hides=0.5)

    first = {s.person: s.hidden for s in reversed(sayings(plan))}

    assert not any(first.values())
    assert 0 < sum(s.hidden for s in sayings(plan)) < 50


def test_pauses_last_between_five_and_forty_seconds():
    found = [s.lasts_s for s in strikes(Plan(pauses=50)) if s.act is Act.PAUSE]

    assert len(found) == 50
    assert all(5 <= seconds <= 40 for seconds in found)


def test_a_plan_may_ask_for_pauses_of_another_length():
    plan = Plan(pauses=50, pause_s=(18, 26))

    assert all(18 <= strike.lasts_s <= 26 for strike in strikes(plan))


def test_every_strike_falls_while_people_write():
    plan = Plan(kills=5, pauses=5, gateway_kills=2, rolling=1)

    assert all(0 <= strike.at_s <= plan.writing_s for strike in strikes(plan))


def test_a_number_tells_the_person():
    assert person_at(f"whatsapp:{number_of(42)}") == 42


def test_words_change_a_plan():
    plan = with_words(Plan(), {"conversations": "300", "aws.throttle": "0.5", "overlap": "yes"})

    assert (plan.conversations, plan.aws.throttle, plan.overlap) == (300, 0.5, True)


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="cannot be set"):
        with_words(Plan(), {"settings": "x"})


def test_every_mutant_has_a_run_of_its_own_name():
    assert all(plan.mutant == name for name, plan in MUTANTS.items())


def test_no_target_takes_a_mechanism_out():
    assert set(TARGETS) < set(PRESETS)
    assert not any(plan.mutant for plan in PRESETS.values())
