"""Settings: typed, whole, and all faults in one message."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conversation import variables
from conversation.errors import MisconfiguredError
from conversation.parsing import (
    key,
    log_level,
    mapping,
    optional_key,
    queue_urls,
    region,
    table_prefix,
    templates,
    url,
    whole,
    zero_or,
)
from conversation.settings import read, setting, variables_of
from conversation.variables import (
    PublicSettings,
    StartSettings,
    TwilioAccountSettings,
    WordSettings,
)

SID = "AC" + "0" * 32
TWILIO = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+14155238886",
}


@dataclass(frozen=True)
class Both:
    twilio: TwilioAccountSettings
    starts: StartSettings


def test_groups_are_read_together():
    settings = read(Both, TWILIO)

    assert settings.twilio.account_sid == SID
    assert settings.starts.opener_max_age_h == 24


def test_every_fault_is_named_at_once_with_its_remedy():
    with pytest.raises(MisconfiguredError) as told:
        read(Both, {"TWILIO_ACCOUNT_SID": "AC1", "MIN_CALL_S": "soon", "OPENERS": "perhaps"})

    faults = "\n".join(told.value.faults)
    assert len(told.value.faults) == 5
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER",
                 "MIN_CALL_S", "OPENERS"):  # fmt: skip
        assert name in faults
    assert "on, dry-run, off" in faults


def test_a_wrong_secret_is_not_repeated_in_the_message():
    with pytest.raises(MisconfiguredError) as told:
        read(TwilioAccountSettings, {**TWILIO, "TWILIO_ACCOUNT_SID": "SKsecret"})

    assert "SKsecret" not in str(told.value)


def test_blank_counts_as_absent():
    assert read(StartSettings, {"MIN_CALL_S": "  "}).min_call_s == 10


@pytest.mark.parametrize("written", ["+14155238886", "whatsapp:+14155238886"])
def test_the_sender_may_be_written_with_or_without_its_channel(written):
    settings = read(TwilioAccountSettings, {**TWILIO, "TWILIO_WHATSAPP_NUMBER": written})

    assert settings.sender == "whatsapp:+14155238886"


@pytest.mark.parametrize(("poll", "callback"), [("yes", None), ("no", "https://hilo.example.com")])
def test_where_twilio_is_asked_it_is_given_no_address_to_report_to(poll, callback):
    given = {"PUBLIC_BASE_URL": "https://hilo.example.com/", "POLL_TWILIO": poll}

    assert read(PublicSettings, given).callback_base_url == callback


def test_two_tokens_are_accepted_during_a_rotation():
    settings = read(TwilioAccountSettings, {**TWILIO, "TWILIO_AUTH_TOKEN_SECONDARY": "old"})

    assert settings.auth_tokens == ("secret", "old")


def test_one_template_serves_everyone():
    assert templates("HX" + "a" * 32) == {"*": "HX" + "a" * 32}


def test_templates_can_be_mapped():
    assert templates('{"es": "HX' + "a" * 32 + '"}') == {"es": "HX" + "a" * 32}


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (templates, "HX1"),
        (templates, "{"),
        (mapping, "[]"),
        (mapping, '{"a": 1}'),
        (mapping, "x"),
        (whole(1, 3), "4"),
        (zero_or(1, 9), "0.001"),
        (zero_or(1, 9), "-1"),
        (zero_or(1, 9), "often"),
        (url, "https://x:99999"),
        (url, "https://x:0"),
        (url, "https://[::1"),
        (url, "https://x y"),
        (queue_urls, ","),
        (queue_urls, "https://sqs/a,nonsense"),
        (queue_urls, "https://sqs/a, https://sqs/a"),
        (region, "Ireland"),
        (region, "eu west 1"),
        (table_prefix, "my tables/"),
        (log_level, "LOUD"),
        (key, "“sk_1”"),
        (optional_key, "to\x00ken"),
    ],
)
def test_what_cannot_be_parsed_says_what_is_expected(parse, raw):
    with pytest.raises(ValueError, match="expected"):
        parse(raw)


def test_what_is_right_is_taken_as_it_is_but_for_the_case_of_a_level():
    queues = "https://sqs/a, http://127.0.0.1:1/b"

    assert queue_urls(queues) == ("https://sqs/a", "http://127.0.0.1:1/b")
    assert (region("us-gov-east-1"), table_prefix("hilo-2")) == ("us-gov-east-1", "hilo-2")
    assert (zero_or(1, 9)("0"), zero_or(1, 9)("1.5")) == (0, 1.5)
    assert (log_level("debug"), key("sk_1"), optional_key("")) == ("DEBUG", "sk_1", None)


def test_a_class_with_a_field_that_is_no_setting_is_a_mistake():
    @dataclass
    class Wrong:
        thing: int

    with pytest.raises(TypeError, match="thing"):
        read(Wrong, {})


GROUPS = variables.groups()


@pytest.mark.parametrize("group", GROUPS, ids=lambda g: g.__name__)
def test_every_default_is_itself_a_valid_value(group):
    for variable in variables_of(group):
        if variable.default:
            variable.parse(variable.default)


def test_no_variable_is_declared_twice():
    names = [v.name for group in GROUPS for v in variables_of(group)]

    assert len(names) == len(set(names))


def test_the_words_can_be_replaced():
    words = read(WordSettings, {"WORDS": '{"waiting.es": "Ya voy."}', "BUSINESS_NAME": "Sol"})

    assert words.words().overrides == {"waiting.es": "Ya voy."}


def test_a_setting_outside_a_dataclass_keeps_its_meaning():
    field = setting("NAME", "what it is", default="x")

    assert field.metadata["variable"].meaning == "what it is"
