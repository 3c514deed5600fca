from dataclasses import replace

from infra.local.twilio.callbacks import callback_form
from infra.local.twilio.config import Config
from infra.local.twilio.records import Message, Person

CONFIG = Config(account_sid="AC" + "a" * 32, auth_token="t", sender="whatsapp:+1")
PERSON = Person(key="+2", number="+2", bsuid="US.1")
MESSAGE = Message(
    sid="SM1",
    person="+2",
    direction="outbound-api",
    status="sent",
    to="whatsapp:+918489511234",
    from_="whatsapp:+1",
    created_at=1.0,
    updated_at=1.0,
)
CAPTURED = {
    *("MessageSid", "SmsSid", "AccountSid", "From", "To", "ApiVersion", "MessageStatus"),
    *("SmsStatus", "ChannelPrefix", "ChannelToAddress", "ChannelInstallSid"),
    *("StructuredMessage", "ExternalUserId"),
}


def form(status, message=MESSAGE):
    return callback_form(message, status, PERSON, CONFIG)


def test_sent_says_what_the_captures_say():
    assert set(form("sent")) == CAPTURED
    assert form("sent")["ChannelToAddress"] == "+91848951XXXX"


def test_delivered_and_read_are_events():
    assert form("delivered")["EventType"] == "DELIVERED"
    assert form("read")["EventType"] == "READ"


def test_only_a_failure_has_an_error():
    failed = replace(MESSAGE, error_code=63016)

    assert form("failed", failed)["ErrorCode"] == "63016"
    assert "ErrorCode" not in form("sent", failed)


def test_a_service_is_named():
    served = replace(MESSAGE, messaging_service_sid="MG1")

    assert form("sent", served)["MessagingServiceSid"] == "MG1"
