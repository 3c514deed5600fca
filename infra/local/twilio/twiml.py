"""What the answer to a webhook makes Twilio say: TwiML messages, and plain text as it stands."""

from xml.etree import ElementTree as ET


def replies(content_type: str, body: str) -> list[str]:
    """The texts sent to the person. An empty `<Response/>`, or what is no TwiML, says nothing."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind == "text/plain":
        return [body] if body.strip() else []
    return _messages(body) if kind in {"text/xml", "application/xml"} else []


def _messages(body: str) -> list[str]:
    try:
        root = ET.fromstring(body)  # noqa: S314  # the answer of our own product, on loopback
    except ET.ParseError:
        return []
    texts = (element.findtext("Body") or element.text or "" for element in root.iter("Message"))
    return [text for text in texts if text.strip()]
