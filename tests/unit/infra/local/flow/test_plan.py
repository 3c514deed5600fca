"""What a run is going to do, and what it lacks for it."""

import random

import pytest

from conversation.addresses import parse_number
from conversation.errors import MisconfiguredError
from conversation.variables import DialectName
from infra.local.flow.plan import Wishes, a_number, plan

REAL_VOICE = {"ELEVENLABS_API_KEY": "key"}
REAL_TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_NUMBER": "+14155550100",
}
READY = {"ELEVENLABS_PHONE_NUMBER_ID": "phnum_1", "DEFAULT_AGENT_ID": "agent_1"}
ME = "+573138539155"


def planned(values=None, **wishes):
    return plan(values or {}, Wishes(**wishes), random.Random(1))


def faults(values=None, **wishes):
    with pytest.raises(MisconfiguredError) as caught:
        planned(values, **wishes)
    return caught.value.faults


def test_without_any_setting_nobody_real_is_reached():
    chosen = planned()

    assert (chosen.calls_people, chosen.writes_to_people, chosen.real) == (False, False, False)
    assert chosen.fact.startswith("pedido ")


@pytest.mark.parametrize("seed", range(20))
def test_simulated_people_have_numbers_that_could_be(seed):
    number = a_number(random.Random(seed))

    assert parse_number(number).value == number


def test_what_was_asked_for_is_taken():
    chosen = planned(fact=" pedido 7431 ", to="+57 (313) 853-9155", name="Eva", timeout_s=5)

    assert (chosen.fact, chosen.number, chosen.name) == ("pedido 7431", ME, "Eva")
    assert chosen.patience_s == 5


def test_people_are_waited_for_longer_than_machines():
    assert planned().patience_s == 60
    assert planned(REAL_VOICE | READY, to=ME).patience_s == 600
    assert planned(REAL_TWILIO, to=ME).patience_s == 600


def test_whoever_runs_it_twice_a_day_gets_both_openers():
    assert planned().values == {"OPENER_COOLDOWN_DAYS": "0"}
    assert planned({"OPENER_COOLDOWN_DAYS": "7"}).values == {"OPENER_COOLDOWN_DAYS": "7"}


def test_the_dialect_goes_to_the_stack():
    chosen = planned({"ELEVENLABS_DIALECT": "convai"}, dialect=DialectName.CLASSIC)

    assert chosen.values["ELEVENLABS_DIALECT"] == "classic"


def test_a_real_call_names_both_things_that_it_needs():
    (fault,) = faults(REAL_VOICE | {"DEFAULT_AGENT_ID": "agent_1"})

    assert "ELEVENLABS_PHONE_NUMBER_ID" in fault
    assert "--to +E164" in fault


def test_a_real_call_without_a_number_to_call_names_both_all_the_same():
    (fault,) = faults(REAL_VOICE | READY)

    assert "ELEVENLABS_PHONE_NUMBER_ID" in fault
    assert fault.endswith("missing: --to")


def test_a_real_call_needs_an_agent():
    values = REAL_VOICE | {"ELEVENLABS_PHONE_NUMBER_ID": "phnum_1"}

    assert faults(values, to=ME) == ["a real call needs DEFAULT_AGENT_ID: the agent that calls"]


def test_a_real_call_with_all_it_needs_is_placed():
    chosen = planned(REAL_VOICE | READY, to=ME)

    assert (chosen.calls_people, chosen.writes_to_people) == (True, False)
    assert (chosen.agent_id, chosen.phone_number_id) == ("agent_1", "phnum_1")


def test_another_address_for_elevenlabs_is_no_real_call():
    assert not planned(REAL_VOICE | {"ELEVENLABS_API_URL": "http://127.0.0.1:1"}).calls_people


def test_another_address_for_twilio_reaches_nobody():
    assert not planned(REAL_TWILIO | {"TWILIO_API_URL": "http://127.0.0.1:1"}).writes_to_people


def test_real_whatsapp_needs_a_number():
    (fault,) = faults(REAL_TWILIO)

    assert fault.startswith("--to +E164 is missing")


def test_naming_a_number_is_leave_to_write_to_it_and_to_nobody_else():
    assert planned(REAL_TWILIO, to=ME).values["ALLOWED_NUMBERS"] == ME


def test_the_users_own_list_stays_as_it_is():
    values = REAL_TWILIO | {"ALLOWED_NUMBERS": "+573138539155,+14155550123"}

    assert planned(values, to=ME).values["ALLOWED_NUMBERS"] == values["ALLOWED_NUMBERS"]


def test_a_number_that_is_not_in_the_users_list_is_refused():
    values = REAL_TWILIO | {"ALLOWED_NUMBERS": "+14155550123"}

    assert faults(values, to=ME) == ["--to is not among ALLOWED_NUMBERS: it would get no message"]


def test_every_fault_is_named_at_once():
    assert len(faults(REAL_VOICE | {"OPENERS": "perhaps"}, fact="", to="nobody")) == 5


def test_the_plan_does_not_show_the_secrets_of_the_settings():
    assert "token" not in repr(planned(REAL_TWILIO, to=ME))
