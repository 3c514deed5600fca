import pytest

from infra.local.twilio.twiml import replies

XML = "text/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        (XML, '<?xml version="1.0" encoding="UTF-8"?><Response />', []),
        (
            XML,
            "<Response><Message>a</Message><Message><Body>b</Body></Message></Response>",
            ["a", "b"],
        ),
        ("application/xml", "<Response><Message> </Message></Response>", []),
        (XML, "<Response>", []),
        ("text/plain", "OK", ["OK"]),
        ("text/plain", " ", []),
        ("application/json", '{"ok": true}', []),
        ("", "OK", []),
    ],
)
def test_only_twiml_messages_and_plain_text_are_said(content_type, body, said):
    assert replies(content_type, body) == said
