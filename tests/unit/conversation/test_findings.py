"""What ``hilo doctor`` found, and what of it may be kept."""

import pytest

from conversation.findings import HIDDEN, Finding, Verdict, discreet


def kept(text, *secrets):
    return discreet(Finding("a", Verdict.FAILED, text, text), secrets)


@pytest.mark.parametrize(
    "number", ["+573138539155", "whatsapp:+57 313 853 9155", "573138539155", "+1 (415) 523-8886"]
)
def test_a_phone_number_is_never_kept(number):
    found = kept(f"the sender {number} is OFFLINE")

    assert found.detail == found.remedy
    assert "3138539155" not in found.detail.replace(" ", "")
    assert "523-8886" not in found.detail
    assert HIDDEN in found.detail
    assert found.detail.endswith("is OFFLINE")


@pytest.mark.parametrize(
    "text",
    [
        "Sofía (agent_4701k8fcsvhaes5s1h6tw894g98s) may be used by text",
        "HX0123456789012345678901234567890a is approved (UTILITY)",
        "MAX_SESSION_S is 600, the plan allows 250; up to 7200 s",
        "webhooks are signed for https://a1b2c3d4.execute-api.eu-west-1.amazonaws.com",
    ],
)
def test_ids_addresses_and_amounts_are_kept_as_they_are(text):
    assert kept(text).detail == text


def test_a_secret_that_is_quoted_is_not_kept():
    found = kept("TWILIO_AUTH_TOKEN is wrong: 's3cr3t-token' has spaces", "s3cr3t-token", "a")

    assert found.detail == f"TWILIO_AUTH_TOKEN is wrong: '{HIDDEN}' has spaces"


def test_nothing_of_a_finding_keeps_a_secret_or_a_number():
    told = "s3cr3t-token of +573138539155"
    whole = Finding("a", Verdict.FAILED, told, told, "case", {"who": told}, told)

    found = str(discreet(whole, ["s3cr3t-token"]))

    assert "s3cr3t" not in found
    assert "3138539155" not in found
    assert found.count(HIDDEN) == 2 * 4


def test_a_finding_is_json_with_null_where_it_could_not_be_told():
    oks = [Finding("a", verdict, "found").document()["ok"] for verdict in Verdict]

    assert oks == [True, False, None]
