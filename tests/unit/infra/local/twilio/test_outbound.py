from dataclasses import replace

import pytest

from infra.local.twilio.config import Config
from infra.local.twilio.outbound import accept, length_of
from infra.local.twilio.records import Person
from infra.local.twilio.refusals import RefusalError
from infra.local.twilio.templates import Template

SENDER, SERVICE, CONTENT = "whatsapp:+14155238886", "MG" + "c" * 32, "HX" + "d" * 32
CONFIG = Config(account_sid="AC", auth_token="t", sender=SENDER, messaging_services=(SERVICE,))
PERSON = Person(key="+2", number="+2", bsuid="US.1")
TEMPLATE = Template(sid=CONTENT, body="Hola {{1}}")


def accepted(person=PERSON, template=TEMPLATE, **words):
    form = {"To": "whatsapp:+34600123456", "From": SENDER, "Body": "hola"} | words
    return accept(
        {name: [value] for name, value in form.items() if value is not None},
        config=CONFIG,
        person_at=lambda _address: person,
        template={template.sid: template}.get,
        sid="SM1",
        now=1.0,
    )


def test_a_message_is_kept_as_it_was_written():
    message = accepted(Body="  a  ", StatusCallback="https://x.example/s?m=1#rc=2")

    assert (message.body, message.status, message.from_) == ("  a  ", "queued", SENDER)
    assert message.status_callback == "https://x.example/s?m=1#rc=2"


def test_a_service_hides_the_sender_at_first():
    message = accepted(From=None, MessagingServiceSid=SERVICE)

    assert (message.status, message.from_, message.messaging_service_sid) == (
        "accepted",
        None,
        SERVICE,
    )


@pytest.mark.parametrize(
    ("variables", "body", "unmatched"),
    [
        ('{"1": "Ana"}', "Hola Ana", False),
        (None, "Hola {{1}}", True),
        ('{"1": "Ana", "2": "x"}', "Hola Ana", True),
    ],
)
def test_a_template_is_rendered_and_its_values_are_counted(variables, body, unmatched):
    message = accepted(Body=None, ContentSid=CONTENT, ContentVariables=variables)

    assert (message.body, message.approved, message.unmatched) == (body, True, unmatched)


def test_a_template_that_is_not_approved_is_not():
    pending = replace(TEMPLATE, status="pending")

    assert accepted(template=pending, ContentSid=CONTENT).approved is False


def test_an_opted_out_person_is_refused():
    with pytest.raises(RefusalError) as refused:
        accepted(person=replace(PERSON, opted_out=True))

    assert refused.value.envelope()["code"] == 21610


@pytest.mark.parametrize("url", ["ftp://a.example", "http://a_b.example", "http://", "http://[x"])
def test_a_bad_callback_is_refused(url):
    with pytest.raises(RefusalError) as refused:
        accepted(StatusCallback=url)

    assert refused.value.envelope()["code"] == 21609


@pytest.mark.parametrize(("text", "length"), [("", 0), ("añ", 2), ("😀", 2), ("👩‍👩‍👧", 8)])
def test_length_is_counted_in_utf16(text, length):
    assert length_of(text) == length
