"""How a message's own name travels to Twilio and back."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conversation.callbacks import callback_url, read_report
from conversation.errors import Refused
from tests.webhooks import BASE_URL, a_sid, reported

CONTACT, KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "01JD0000000000000000000000~001"


def test_what_is_sent_along_comes_back():
    url = callback_url(BASE_URL, CONTACT, KEY)

    report = read_report(urlsplit(url).query, reported("sent", a_sid()))

    assert url.startswith("https://hilo.example.com/twilio/status?")
    assert (report.contact_id, report.key) == (CONTACT, KEY)
    assert report.status == "sent"
    assert report.error_code is None


def test_a_failure_brings_its_code():
    assert read_report("", reported("failed", a_sid(), ErrorCode="63016")).error_code == 63016


@pytest.mark.parametrize("code", ["", "x", "-1", "٣"])
def test_a_code_that_is_no_number_is_none(code):
    assert read_report("", reported("failed", a_sid(), ErrorCode=code)).error_code is None


@pytest.mark.parametrize("query", ["", "c=1&k=2", f"c={CONTACT}", f"c={CONTACT}&k=x", "c=&k="])
def test_the_report_of_a_message_that_is_not_ours_has_no_key(query):
    report = read_report(query, reported("sent", a_sid()))

    assert report.contact_id is None
    assert report.key is None


@pytest.mark.parametrize("params", [{"MessageSid": "x"}, {"MessageStatus": ""}])
def test_what_is_no_report_is_refused(params):
    with pytest.raises(Refused) as told:
        read_report("", {**reported("sent", a_sid()), **params})

    assert told.value.reason == "bad_parameters"
