"""The panel over moto's tables and queues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from conversation.contacts import contact_id_of
from tests.integration.functions.conftest import PEPPER
from tests.integration.functions.panel.visits import LINK_KEY, NUMBER, Browser
from tests.webhooks import BASE_URL


@pytest.fixture
def panel(aws, tables, monkeypatch):
    from functions.panel.handler import handler
    from functions.panel.wiring import application

    settings = {
        "INBOX_QUEUE_URLS": ",".join(aws.inbox),
        "OUTBOX_QUEUE_URL": aws.outbox,
        "HILO_PEPPER": PEPPER,
        "PUBLIC_BASE_URL": BASE_URL,
        "PANEL_LINK_KEY": LINK_KEY,
        "DEAD_LETTER_QUEUE_URLS": ",".join(aws.dead_letters),
        "ELEVENLABS_API_KEY": "sk_test",
        "ELEVENLABS_API_URL": "http://127.0.0.1:1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)
    application.cache_clear()
    yield Browser(handler)
    application.cache_clear()


@pytest.fixture
def a_conversation(tables):
    """Somebody with one failed question, and an answer before it."""

    def make(number=NUMBER, name="Ana Ríos", text="¿Sigue ahí?", **fields):
        now = datetime.now(UTC)
        contact_id = contact_id_of(number, PEPPER)
        known = {"status": "needs_attention", "reason": "gave_up", "last_message_at": now}
        known |= {"last_inbound_at": now, "message_count": 2, "agent_id": "agent_1"} | fields
        item = tables.state(contact_id=contact_id, phone_number=number, client_name=name, **known)
        item.save()
        for seconds, direction, kind, state, said in (
            (60, "outbound", "reply", "READ", "Hola, su pedido sale mañana."),
            (30, "inbound", "message", "FAILED", text),
        ):
            at = now - timedelta(seconds=seconds)
            tables.messages(
                contact_id=contact_id, message_key=str(ULID.from_datetime(at)),
                conversation_id=contact_id, direction=direction, kind=kind, state=state,
                content=said, sent_at=at, latency_ms=1200 if kind == "reply" else None,
            ).save()  # fmt: skip
        return contact_id

    return make
