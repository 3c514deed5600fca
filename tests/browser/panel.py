"""Conversations to look at in the panel, and its pictures: ``python -m tests.browser.panel``."""

from __future__ import annotations

import random
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect
from ulid import ULID

from conversation.adapters.clients import aws_session
from conversation.adapters.tables.examined import ExaminedTable
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.tables import Tables
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.findings import Examined, Finding, Verdict
from conversation.identifiers import ContactId
from conversation.names import folded, initial
from conversation.settings import read
from conversation.variables import AwsSettings
from functions.panel.roles import Role
from infra.cli.panel import link
from tests.browser.chromium import NARROW, WIDE, chromium, installed, stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Browser, Page

    from conversation.leases import Lease
    from infra.local.stack import LocalStack

SHARDS = 4
IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAMES = [
    "Ana",
    "Lucía",
    "Mateo",
    "Sofía",
    "Carlos",
    "Valentina",
    "Andrés",
    "Camila",
    "Julián",
    "Mariana",
    "Diego",
    "Óscar",
    "Paula",
]
FAMILIES = [
    "Restrepo",
    "Gómez",
    "Quintero",
    "Ortiz",
    "Salazar",
    "Núñez",
    "Ríos",
    "Cárdenas",
    "Mejía",
    "Peña",
]
STATUSES = ["waiting_person"] * 14 + ["active"] * 3 + ["closed"] * 2 + ["needs_attention"]
SUMMARY = (
    "La persona preguntó por su pedido 7431, que se retrasó por la lluvia. El agente ofreció "
    "enviarlo por la mañana y prometió escribirle por WhatsApp."
)
TALK = [
    ("outbound", "opener", "Hola, le escribe Hilo. Gracias por atender la llamada."),
    ("inbound", "message", "Hola, ¿cuándo llega mi pedido?"),
    (
        "outbound",
        "reply",
        "¡Hola! Su pedido 7431 sale mañana y llega el jueves antes de las 6 p. m.",
    ),
    ("inbound", "message", "¿Puedo cambiar la dirección?"),
    ("outbound", "reply", "Claro que sí. ¿A qué dirección se lo enviamos?"),
    ("inbound", "message", "Calle 10 # 43-12, apto 502"),
    ("outbound", "reply", "Listo, quedó cambiada. Le aviso apenas salga. 📦"),
    ("inbound", "message", "Muchas gracias 🙏"),
]


def tables_of(environment: Mapping[str, str]) -> Tables:
    """The tables of a running local stack."""
    session = aws_session()
    session.set_credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    return Tables(read(AwsSettings, environment), session=session)


def seed(
    environment: Mapping[str, str], count: int, *, sockets: bool = True, **special: object
) -> list[str]:
    """Write ``count`` conversations of the last day; ``special`` are fields of the first.

    ``sockets``: as if a connector had opened one for some.
    """
    tables, rng, now = tables_of(environment), random.Random(5), datetime.now(UTC)
    contacts = []
    leases = LeaseTable(tables, shards=SHARDS).read(now).leases
    with tables.state.batch_write() as states, tables.messages.batch_write() as messages:
        for n in range(count):
            number = f"+57313{n:07d}"
            contact_id = contact_id_of(number, environment["HILO_PEPPER"])
            contacts.append(contact_id)
            status = STATUSES[n % len(STATUSES)]
            at = now - timedelta(seconds=20 + rng.expovariate(1 / 25_000) if n else 20)
            said = TALK[: rng.randint(2, len(TALK)) if n else len(TALK)]
            fields = {
                "phone_number": number, "address": f"whatsapp:{number}", "status": status,
                "client_name": f"{rng.choice(NAMES)} {rng.choice(FAMILIES)}",
                "reason": "gave_up" if status == "needs_attention" else None,
                "agent_id": "agent_4701k8fcsvhaes5s1h6tw894g98s", "batch_id": "btcal_nov",
                "recipient_id": f"rcpt_{n}", "call_duration_secs": rng.randint(20, 240),
                "started_at": at - timedelta(hours=1), "last_message_at": at,
                "last_inbound_at": at - timedelta(minutes=2), "message_count": len(said),
                "call_id": f"conv_{n:06d}", "call_ended_at": at - timedelta(minutes=30),
                "call_summary": SUMMARY, "dynamic_variables": {"pedido": "7431"}, "language": "es",
            }  # fmt: skip
            fields |= named(str(fields["client_name"]))
            if sockets and (status == "active" or not n):
                fields |= on_a_socket(contact_id, leases, at, n)
            times = [at - timedelta(minutes=2 * k) for k in reversed(range(len(said)))]
            keys = [str(ULID.from_datetime(sent_at)) for sent_at in times]
            fields |= {"last_message_key": keys[-1]} | (special if not n else {})
            states.save(tables.state(contact_id=contact_id, **fields))
            turn = None
            for (direction, kind, text), key, sent_at in zip(said, keys, times, strict=True):
                inbound = direction == "inbound"
                state = "ANSWERED" if inbound else rng.choice(["READ", "READ", "DELIVERED", "SENT"])
                if status == "needs_attention" and inbound:
                    state = "FAILED"
                turn = key if inbound else turn
                messages.save(
                    tables.messages(
                        contact_id=contact_id, message_key=key, turn=turn,
                        conversation_id=contact_id, direction=direction, kind=kind, content=text,
                        state=state, sent_at=sent_at,
                        session=None if kind == "opener" else f"conv_s{n}",
                        reason="no_answer" if state == "FAILED" else None,
                        latency_ms=int(rng.lognormvariate(7.2, 0.5)) if kind == "reply" else None,
                    )
                )  # fmt: skip
    return contacts


def named(name: str) -> dict[str, str]:
    """What a person of this name is found by."""
    return {"name_initial": initial(name), "name_folded": folded(name)}


def on_a_socket(
    contact_id: str, leases: Sequence[Lease], at: datetime, number: int
) -> dict[str, object]:
    """What a connector would have written of an open socket."""
    shard = shard_of(ContactId(contact_id), SHARDS)
    return {
        "open_on": str(shard), "session_opened_at": at, "epoch": leases[shard].epoch,
        "elevenlabs_conversation_id": f"conv_s{number}",
    }  # fmt: skip


TOLD = [
    (4, "late_answers#", 3, None, None),
    (52, "drops#", 14, "reset", None),
    (190, "configuration#bad_template", 6, "bad_template", None),
    (300, "breaker_open#", 1, "lost", "agent_4701k8fcsvhaes5s1h6tw894g98s"),
    (420, "dead_letters#", 2, None, None),
]


def seed_alerts(environment: Mapping[str, str]) -> None:
    """Write what operators were told today."""
    tables, now = tables_of(environment), datetime.now(UTC)
    for minutes, subject, count, reason, agent_id in TOLD:
        at = now - timedelta(minutes=minutes)
        tables.alerts(
            part="told", name=str(ULID.from_datetime(at)), subject=subject, events=count,
            first_at=at - timedelta(seconds=20), last_at=at, claimed_at=at, reason=reason,
            agent_id=agent_id, sent_to={"sns", "webhook"}, done=True,
        ).save()  # fmt: skip


FOUND = [
    Finding("settings", Verdict.OK, "all that is needed is set"),
    Finding("elevenlabs_key", Verdict.OK, "ElevenLabs knows it"),
    Finding("agent_events", Verdict.OK, "Sofía sends agent_response"),
    Finding(
        "agent_turn_events", Verdict.FAILED,
        "Sofía does not send agent_response_complete: turns end late, or too early",
        "Add the events agent_response_complete (agent, Advanced, Client Events).",
    ),
    Finding("opener_template", Verdict.OK, "HXe0e0e0e0 is approved (UTILITY)"),
    Finding("twilio_webhook", Verdict.UNTOLD, "Twilio would not list the senders (403)",
            "Look at Messaging, Senders, WhatsApp senders in Twilio's console."),
    Finding("tables", Verdict.OK, "there, with 4 shards"),
    Finding("clock", Verdict.OK, "this machine's clock is right to the minute"),
]  # fmt: skip


def seed_findings(environment: Mapping[str, str]) -> None:
    """Write what ``hilo doctor`` found two hours ago."""
    at = datetime.now(UTC) - timedelta(hours=2)
    ExaminedTable(tables_of(environment)).keep(Examined(at, tuple(FOUND)))


def seed_events(environment: Mapping[str, str], contact_id: str, session: str) -> None:
    """Write what happened on one person's sockets."""
    tables, now = tables_of(environment), datetime.now(UTC)
    shard = str(shard_of(ContactId(contact_id), SHARDS))
    for minutes, event, which, reason, code in (
        (34, "socket_opened", "conv_s0a", None, None),
        (15, "socket_lost", "conv_s0a", "reset", 1006),
        (14, "socket_opened", session, None, None),
    ):
        at = now - timedelta(minutes=minutes)
        tables.socket_events(
            shard=shard, at=f"{at.isoformat(timespec='microseconds')}#{contact_id}", event=event,
            contact_id=contact_id, session=which, reason=reason, code=code, connector="connector-1",
        ).save()  # fmt: skip


def link_into(running: LocalStack, role: Role = Role.ADMIN) -> str:
    """A link that works once."""
    return link(running.urls["gateway"], running.environment["PANEL_LINK_KEY"], role)


WRITING = [
    ("+573105550101", "Hola, soy Laura", "¿A qué hora llega el técnico?"),
    ("+5215512345678", "Buenas tardes", "Quiero cambiar la cita", "El jueves, por favor"),
    ("+573125550103", "¿Siguen ahí?"),
    ("+5491155550104", "Hola", "Gracias por llamar"),
    ("+573105550105", "¿Me puede enviar la factura?", "Al correo de siempre"),
    ("+56955550106", "Hola, ¿qué necesitan de mí?"),
]


def talk(running: LocalStack) -> None:
    """Have people write, so that there are sockets of which a connector can tell."""
    url = running.urls["twilio"]
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        for number, *texts in WRITING:
            for text in texts:
                said = {"body": text, "wait": True}
                http.post(f"/_sim/people/{number}/say", json=said).raise_for_status()


def pages_of(contact_id: str) -> dict[str, str]:
    """Every page, by the name of its picture."""
    return {
        "home": "/panel",
        "conversations": "/panel/conversations?tab=waiting_person",
        "person": f"/panel/people/{contact_id}",
        "timeline": f"/panel/people/{contact_id}?view=timeline",
        "sockets": "/panel/sockets",
        "notices": "/panel/notices",
        "health": "/panel/health",
    }


def settle(page: Page) -> None:
    """Wait until times are told and the day is counted."""
    expect(page.locator("[data-first]")).to_have_count(0, timeout=20_000)
    expect(page.locator("time:not([title])")).to_have_count(0)


def main() -> int:
    """Take every page in both languages, light and dark; the phone's width in one."""
    if installed() is None:
        return 2
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        first, *_ = seed(running.environment, 240, sockets=False)
        talk(running)
        seed_alerts(running.environment)
        seed_findings(running.environment)
        seed_events(running.environment, first, "conv_s0")
        with chromium() as browser:
            for language in ("es", "en"):
                for scheme in ("light", "dark"):
                    _take(browser, running, pages_of(first), language, scheme)
    return 0


def _take(
    browser: Browser, running: LocalStack, pages: Mapping[str, str], language: str, scheme: str
) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme=scheme, locale=f"{language}-US")
    page = context.new_page()
    page.goto(link_into(running))
    page.goto(f"{running.urls['gateway']}/panel/language?lang={language}")
    for name, path in pages.items():
        page.goto(running.urls["gateway"] + path)
        settle(page)
        if name == "sockets":  # what the owner was asked to tell is there at the next look
            turns = page.locator("tbody tr td.num").first
            expect(turns).to_have_text(re.compile(r"\d"), timeout=15_000)
        page.screenshot(path=IMAGES / f"panel-{name}-{language}-{scheme}.png")
    page.set_viewport_size(NARROW)
    for name in ("home", "person") if scheme == "dark" else ():
        page.goto(running.urls["gateway"] + pages[name])
        settle(page)
        page.screenshot(path=IMAGES / f"panel-{name}-{language}-phone.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
