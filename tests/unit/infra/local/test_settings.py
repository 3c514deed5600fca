"""What is simulated, and what each process is told."""

import pytest

from conversation.errors import MisconfiguredError
from infra.local import settings as module
from infra.local.data import LocalSecrets
from infra.local.elevenlabs.agents import DEFAULT_AGENTS
from infra.local.settings import (
    Provider,
    base_environment,
    bystander_environment,
    check,
    given,
    product_environment,
    reaches_people,
    simulated,
)
from infra.local.twilio.openers import OPENER_ES

SID = "AC" + "0" * 32
REAL_TWILIO = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_NUMBER": "+14155550100",
}
SECRETS = LocalSecrets("pepper", "key", "wsec", "AC" + "1" * 32, "local token")
OUTPUTS = {"InboxQueueUrls": "http://q/0,http://q/1", "OutboxQueueUrl": "http://q/out.fifo",
           "DeadLetterQueueUrls": "http://q/dead"}  # fmt: skip
URLS = {
    "aws": "http://aws",
    "gateway": "http://gateway",
    "elevenlabs": "http://eleven",
    "twilio": "http://twilio",
}


def told(**values):
    return product_environment(values, secrets=SECRETS, outputs=OUTPUTS, urls=URLS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, set(Provider)),
        ({"ELEVENLABS_API_KEY": "k"}, {Provider.TWILIO}),
        ({"ELEVENLABS_API_URL": "http://e"}, {Provider.TWILIO}),
        ({"TWILIO_API_URL": "http://t"}, {Provider.ELEVENLABS}),
        (REAL_TWILIO, {Provider.ELEVENLABS}),
        (REAL_TWILIO | {"ELEVENLABS_API_KEY": "k"}, set()),
    ],
)
def test_a_provider_is_simulated_unless_its_address_or_keys_are_set(values, expected):
    assert simulated(values) == expected


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_half_of_twilios_pair_is_refused(name):
    with pytest.raises(MisconfiguredError, match=f"only {name} is set"):
        check({name: "x"})


def test_half_a_pair_hides_no_other_fault():
    with pytest.raises(MisconfiguredError) as caught:
        check({"TWILIO_ACCOUNT_SID": SID, "TWILIO_WHATSAPP_NUMBER": "hello", "OPENERS": "perhaps"})

    assert len(caught.value.faults) == 3


def test_nothing_set_is_enough():
    assert check({}).connectors == 1


def test_every_fault_is_named_at_once():
    with pytest.raises(MisconfiguredError) as caught:
        check({"CONNECTORS": "99", "OPENERS": "perhaps", "MIN_CALL_S": "x"})

    assert len(caught.value.faults) == 3


def test_real_keys_without_a_sender_are_refused():
    values = {name: REAL_TWILIO[name] for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")}

    with pytest.raises(MisconfiguredError, match="TWILIO_WHATSAPP_NUMBER"):
        check(values)


def test_processes_are_told_where_everything_is():
    environment = told()

    assert environment["AWS_ENDPOINT_URL"] == "http://aws"
    assert environment["INBOX_QUEUE_URLS"] == "http://q/0,http://q/1"
    assert environment["OUTBOX_QUEUE_URL"] == "http://q/out.fifo"
    assert environment["ELEVENLABS_API_URL"] == "http://eleven"
    assert environment["TWILIO_API_URL"] == "http://twilio"
    assert environment["PUBLIC_BASE_URL"] == "http://gateway"
    assert environment["HILO_PEPPER"] == "pepper"


def test_what_the_user_sets_is_not_replaced():
    environment = told(
        ELEVENLABS_API_URL="http://mine", TWILIO_API_URL="http://too", PUBLIC_BASE_URL="http://pub"
    )

    assert environment["ELEVENLABS_API_URL"] == "http://mine"
    assert environment["TWILIO_API_URL"] == "http://too"
    assert environment["PUBLIC_BASE_URL"] == "http://pub"


def test_a_simulated_twilio_delivers_to_the_gateway_whatever_the_public_address_is():
    assert told(PUBLIC_BASE_URL="http://pub")["PUBLIC_BASE_URL"] == "http://gateway"


@pytest.mark.parametrize(
    ("values", "openers"),
    [
        (REAL_TWILIO, "dry-run"),
        (REAL_TWILIO | {"ALLOWED_NUMBERS": "+573138539155"}, None),
        (REAL_TWILIO | {"OPENERS": "on"}, "on"),
        (REAL_TWILIO | {"TWILIO_API_URL": "http://t"}, None),
        ({}, None),
    ],
)
def test_nobody_real_is_written_to_before_the_user_says_to_whom(values, openers):
    assert told(**values).get("OPENERS") == openers


@pytest.mark.parametrize(
    ("values", "polled"),
    [
        (REAL_TWILIO, "yes"),
        (REAL_TWILIO | {"PUBLIC_BASE_URL": "https://hilo.example.com"}, None),
        (REAL_TWILIO | {"TWILIO_API_URL": "http://t"}, None),
        ({}, None),
    ],
    ids=["no tunnel", "a tunnel", "another Twilio", "simulated"],
)
def test_a_real_twilio_that_cannot_reach_us_is_asked_instead(values, polled):
    assert told(**values).get("POLL_TWILIO") == polled


def test_here_a_person_may_write_first_and_be_called_again_at_once():
    environment = told()

    assert environment["DEFAULT_AGENT_ID"] == next(iter(DEFAULT_AGENTS)).agent_id
    assert environment["OPENER_COOLDOWN_DAYS"] == "0"


@pytest.mark.parametrize("values", [REAL_TWILIO, {"ELEVENLABS_API_KEY": "key"}])
def test_people_who_are_real_are_not_called_again_at_once(values):
    assert "OPENER_COOLDOWN_DAYS" not in told(**values)


def test_only_twilios_own_address_reaches_people():
    assert reaches_people(REAL_TWILIO)
    assert not reaches_people(REAL_TWILIO | {"TWILIO_API_URL": "http://t"})
    assert not reaches_people({})


def test_the_environment_wins_over_the_file_and_the_users_aws_is_never_touched(
    tmp_path, monkeypatch
):
    file = tmp_path / ".env"
    file.write_text("BUSINESS_NAME=File\nMIN_CALL_S=5\nAWS_PROFILE=production\nOPENERS=\n")
    mine = {"BUSINESS_NAME": "Mine", "AWS_ACCESS_KEY_ID": "real", "AWS_ENDPOINT_URL_SQS": "x"}
    monkeypatch.setattr(module, "environment", lambda: mine)

    assert given(file) == {"BUSINESS_NAME": "Mine", "MIN_CALL_S": "5"}


def test_no_file_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "environment", dict)

    assert given(tmp_path / "absent") == {}


def test_loopback_is_never_asked_through_a_proxy():
    environment = base_environment({"HTTP_PROXY": "http://proxy", "NO_PROXY": "example.com"})

    assert environment["NO_PROXY"] == "127.0.0.1,localhost,example.com"
    assert environment["no_proxy"] == environment["NO_PROXY"]


def test_simulators_never_see_the_users_keys():
    environment = bystander_environment({"ELEVENLABS_API_KEY": "real", "PATH": "/bin"})

    assert "real" not in environment.values()
    assert environment["PATH"] == "/bin"


def test_without_real_twilio_the_opener_is_a_template_that_the_simulator_knows():
    assert OPENER_ES.sid in told()["OPENER_CONTENT_SID"]
    assert OPENER_ES.sid in told(TWILIO_API_URL="http://t")["OPENER_CONTENT_SID"]


@pytest.mark.parametrize(
    "values", [REAL_TWILIO, {"TWILIO_SANDBOX": "yes"}, {"OPENER_CONTENT_SID": ""}]
)
def test_whoever_chose_how_to_open_keeps_the_choice(values):
    assert not told(**values).get("OPENER_CONTENT_SID")
