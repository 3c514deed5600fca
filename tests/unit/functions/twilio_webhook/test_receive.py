"""Whom a message is for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conversation.errors import Refused
from functions.twilio_webhook.receive import Receiver
from tests.webhooks import said

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakeReception(list):
    def take(self, inbound, now):
        self.append((inbound.content, now))


def receive(sender="whatsapp:+14155238886", **params):
    reception = FakeReception()
    receiver = Receiver(reception=reception, sender=sender)
    receiver.receive(said(**params), NOW)
    return reception


def test_a_message_for_our_sender_is_taken_in():
    assert receive() == [("hola", NOW)]


def test_our_sender_in_another_form_of_its_country_is_ours():
    assert receive("whatsapp:+525512345678", To="whatsapp:+5215512345678") == [("hola", NOW)]


@pytest.mark.parametrize("to", ["whatsapp:+14155238887", "", "whatsapp:x", "messenger:1", None])
def test_a_message_for_another_sender_is_refused(to):
    with pytest.raises(Refused) as told:
        receive(To=to)

    assert told.value.reason == "not_ours"
