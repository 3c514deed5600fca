"""Conversations, notices and findings to look at in the panel."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ulid import ULID

from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.dead_letters import SqsDeadLetters
from conversation.adapters.tables.examined import ExaminedTable
from conversation.adapters.tables.leases import LeaseTable
from conversation.adapters.tables.tables import Tables
from conversation.contacts import contact_id_of
from conversation.doorbells import BellKind, Doorbell, shard_of
from conversation.findings import Examined, Finding
from conversation.identifiers import ContactId, MessageKey
from conversation.names import folded, initial
from conversation.settings import read
from conversation.variables import AwsSettings
from infra.doctor.findings import failed, ok, untold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conversation.leases import Lease


SHARDS = 4
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


SOFIA = "Sofía (agent_4701k8fcsvhaes5s1h6tw894g98s)"


def found() -> tuple[Finding, ...]:
    """What ``hilo doctor`` finds where nearly all is well."""
    sid = "HXe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0"
    return (
        ok("settings", "settings_whole"),
        ok("elevenlabs_key", "key_known"),
        ok("agent_events", "agent_answers", who=SOFIA),
        failed(
            "agent_turn_events", "agent_hides_ends", who=SOFIA, events="agent_response_complete"
        ),
        failed("opener_template", "template_unapproved", said="TAG_CONTENT_MISMATCH", sid=sid,
               approval="rejected"),
        untold("twilio_sender", "senders_unlisted", status=403),
        ok("tables", "tables_there", shards=4),
        ok("clock", "clock_right"),
    )  # fmt: skip


def seed_findings(environment: Mapping[str, str]) -> None:
    """Write what ``hilo doctor`` found two hours ago."""
    at = datetime.now(UTC) - timedelta(hours=2)
    ExaminedTable(tables_of(environment)).keep(Examined(at, found()))


DEAD = [
    (3, 7, "outbound", "FAILED", "bad_credentials", "Le confirmo: su cita es el jueves."),
    (2, 9, "outbound", "FAILED", "bad_credentials", "Su cita quedó para el lunes."),
    (5, 31, "inbound", "FAILED", "no_answer", "¿Me puede llamar alguien?"),
    (8, 64, "outbound", "FAILED", "not_on_whatsapp", "¿Le parece bien el martes?"),
    (11, 190, "outbound", "UNSURE", "not_listed", "Su pedido sale mañana."),
    (14, 1900, "inbound", "EXPIRED", "window_closed", "Gracias, quedo pendiente"),
]
"""Which of the seeded people, minutes ago, the message, and why it was given up."""


def seed_dead_letters(environment: Mapping[str, str]) -> None:
    """Write what was given up lately, and leave two letters in the queues."""
    for person, *given_up in DEAD:
        contact_id, _ = seed_dead_letter(environment, person, *given_up)
    model, late = tables_of(environment).state, datetime.now(UTC) - timedelta(days=2)
    model(contact_id=contact_id).update([model.last_inbound_at.set(late)])
    first = ContactId(contact_id_of("+573130000003", environment["HILO_PEPPER"]))
    bell = Doorbell(BellKind.OUTBOX, first, MessageKey(str(ULID())))
    leave(environment, environment["OUTBOX_QUEUE_URL"], bell.to_json(), "never_heeded")
    leave(environment, environment["INBOX_QUEUE_URLS"].split(",")[0], "hola", "bad_doorbell")


def seed_dead_letter(
    environment: Mapping[str, str],
    person: int,
    minutes: int = 1,
    direction: str = "outbound",
    state: str = "FAILED",
    reason: str = "bad_sender",
    text: str = "¿Le parece bien?",
) -> tuple[str, str]:
    """Write a message of one of the seeded people that failed for good: whose, and its key."""
    contact_id = contact_id_of(f"+57313{person:07d}", environment["HILO_PEPPER"])
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    key = str(ULID.from_datetime(at)) + ("~001" if direction == "outbound" else "")
    tables_of(environment).messages(
        contact_id=contact_id, message_key=key, conversation_id=contact_id, content=text,
        direction=direction, kind="reply" if direction == "outbound" else "message",
        state=state, reason=reason, sent_at=at, pending_since=at,
        pending=f"dead#{shard_of(ContactId(contact_id), SHARDS)}",
    ).save()  # fmt: skip
    return contact_id, key


def leave(environment: Mapping[str, str], queue_url: str, body: str, reason: str) -> None:
    """Put something into the dead letters behind a queue."""
    session = aws_session()
    session.set_credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    sqs = sqs_client(session, read(AwsSettings, environment))
    SqsDeadLetters(sqs, queue_url, new_id=lambda: str(ULID())).put(body, reason)


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
