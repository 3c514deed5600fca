from datetime import UTC, datetime

import pytest

from infra.local.twilio.records import Message
from infra.local.twilio.refusals import RefusalError
from infra.local.twilio.resources import Asked, page_of, resource

ACCOUNT = "AC" + "a" * 32
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def a_message(sid="SM1", **words):
    defaults = {"person": "+2", "direction": "outbound-api", "status": "sent", "to": "whatsapp:+2"}
    times = {"created_at": NOON, "updated_at": NOON, "sent_at": NOON}
    return Message(sid=sid, **(defaults | times | {"from_": "whatsapp:+1"} | words))


def sids(messages, **query):
    return [m["sid"] for m in page_of(messages, Asked.of(query), ACCOUNT)["messages"]]


def test_times_are_written_as_mail_does():
    assert resource(a_message(), ACCOUNT)["date_sent"] == "Mon, 23 Nov 2026 12:00:00 +0000"


def test_a_failure_tells_code_and_words():
    shown = resource(a_message(status="failed", error_code=63016), ACCOUNT)

    assert shown["error_code"] == 63016
    assert "outside the allowed window" in shown["error_message"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"DateSent": "2026-11-23"}, True),
        ({"DateSent": "2026-11-22"}, False),
        ({"DateSent>": "2026-11-23T23:59:59Z"}, True),
        ({"DateSent>": "2026-11-24"}, False),
        ({"DateSent<": "2026-11-23T00:00:00Z"}, True),
        ({"DateSent<": "2026-11-22"}, False),
        ({"To": "whatsapp:+2", "From": "whatsapp:+1"}, True),
        ({"To": "whatsapp:+3"}, False),
        ({"From": "whatsapp:+3"}, False),
    ],
)
def test_filters_choose_by_ends_and_by_whole_days(query, found):
    assert bool(sids([a_message()], **query)) is found


def test_what_is_not_sent_has_no_date():
    assert sids([a_message(sent_at=None)], **{"DateSent>": "2000-01-01"}) == []
    assert sids([a_message(sent_at=None)]) == ["SM1"]


def test_pages_tell_where_they_are():
    messages = [a_message(f"SM{number}") for number in range(5)]

    page = page_of(
        messages, Asked.of({"PageSize": "2", "Page": "1", "PageToken": "PASM1"}), ACCOUNT
    )

    assert [m["sid"] for m in page["messages"]] == ["SM2", "SM3"]
    assert (page["start"], page["end"], page["page"], page["page_size"]) == (2, 3, 1, 2)
    assert page["next_page_uri"].endswith("PageSize=2&Page=2&PageToken=PASM3")
    assert page["previous_page_uri"].endswith("PageSize=2&Page=0")


def test_the_last_page_has_no_next():
    page = page_of([a_message()], Asked.of({"PageSize": "1"}), ACCOUNT)

    assert (page["next_page_uri"], page["previous_page_uri"]) == (None, None)


@pytest.mark.parametrize("query", [{"Page": "x"}, {"PageSize": "-1"}, {"DateSent": "soon"}])
def test_what_cannot_be_read_is_refused(query):
    with pytest.raises(RefusalError):
        sids([a_message()], **query)
