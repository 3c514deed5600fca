import pytest

from infra.local.twilio.inbound import form_of, read_saying
from infra.local.twilio.records import Person
from infra.local.twilio.refusals import RefusalError

# the parameters of a captured quick reply, all but those that only follow from their values
CAPTURED = {
    *("OriginalRepliedMessageSender", "ExternalUserId", "SmsMessageSid", "NumMedia"),
    *("ProfileName", "MessageType", "SmsSid", "WaId", "SmsStatus", "Body", "ButtonText", "To"),
    *("ButtonPayload", "NumSegments", "ReferralNumMedia", "MessageSid", "AccountSid"),
    *("OriginalRepliedMessageSid", "ChannelMetadata", "From", "ApiVersion"),
}


def form(document, **person):
    words = {"key": "+52551", "number": "+521551", "bsuid": "MX.1", "profile_name": "Ana"} | person
    return form_of(
        read_saying(document),
        sid="SM" + "0" * 32,
        person=Person(**words),
        account="AC1",
        sender="whatsapp:+1",
        media_base="https://api.twilio.com/x",
    )


def test_a_quick_reply_has_the_parameters_that_were_captured():
    tap = {"button": {"text": "Sí", "payload": "{yes}"}, "reply_to": "MM2"}

    assert set(form(tap)) == CAPTURED


def test_a_user_who_hides_the_number_sends_none():
    hidden = form({"body": "hola"}, hides_number=True)

    assert "WaId" not in hidden
    assert "521551" not in str(hidden)
    assert hidden["From"] == "whatsapp:MX.1"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("image/webp", "sticker"),
        ("audio/ogg", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "document"),
        ("text/vcard", "contacts"),
    ],
)
def test_media_is_called_by_its_kind(content_type, kind):
    sent = form({"media": [{"content_type": content_type}], "body": "mira"})

    assert (sent["MessageType"], sent["NumMedia"], sent["Body"]) == (kind, "1", "mira")
    assert sent["MediaUrl0"].startswith("https://api.twilio.com/x/Messages/SM")


def test_raw_has_the_last_word_and_null_takes_away():
    sent = form({"body": "a", "raw": {"Body": "b", "WaId": None, "New": "1"}})

    assert (sent["Body"], sent["New"]) == ("b", "1")
    assert "WaId" not in sent


def test_a_misspelt_word_is_refused():
    with pytest.raises(RefusalError):
        read_saying({"boddy": "hola"})
