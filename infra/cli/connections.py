"""``hilo connections [+NUMBER]``: the open sockets, here or in AWS, read from the tables.

What the original's ``activeConnections``, ``hasActiveConnection`` and ``getConnectionInfo`` told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from conversation.adapters.clients import aws_session
from conversation.adapters.tables.leases import LeaseTable, deployed_shards
from conversation.adapters.tables.sockets import SocketTable
from conversation.adapters.tables.tables import Tables
from conversation.addresses import parse_address
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import Refused
from conversation.settings import read
from conversation.variables import AwsSettings, IdentitySettings
from infra.cli.options import Data, Env  # noqa: TC001 - typer reads them at run time
from infra.cli.output import last_line
from infra.cli.stacks import values_of
from infra.local.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.adapters.tables.sockets import OpenSocket
    from conversation.leases import Lease
    from conversation.state import ConversationState


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket as people see it: enough of the number to recognise it."""

    contact_id: str
    number: str | None
    agent_id: str | None
    session: str | None
    shard: int
    connector: str | None
    age_s: int | None
    live: bool
    """Recorded by the present owner of its shard; otherwise its owner is gone, and so is it."""


def connections(
    number: Annotated[str | None, typer.Argument(help="Only this person, in E.164.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
    data: Data = ROOT / ".local",
    env: Env = ROOT / ".env",
) -> None:
    """Show the open sockets; with a number, that person's. Reads the tables, here or in AWS."""
    values = values_of(data, env)
    tables = _tables(values)
    leases = LeaseTable(tables, shards=deployed_shards(tables)).read(_now()).leases
    if number is None:
        found = all_of(SocketTable(tables), leases)
        result: dict[str, object] = {"connections": [asdict(one) for one in found]}
    else:
        found, result = _person(tables, leases, number, values)
    if not as_json:
        show(found)
    last_line({"ok": True, "count": len(found), **result})


def all_of(sockets: SocketTable, leases: tuple[Lease, ...]) -> list[Connection]:
    """Every socket that the tables know, shard by shard."""
    now = _now()
    return [_shown(socket, lease, now) for lease in leases for socket in sockets.open(lease.shard)]


def show(found: list[Connection]) -> None:
    """For people."""
    table = Table("number", "contact", "agent", "session", "age", "shard", "connector", "live")
    for one in found:
        age = "" if one.age_s is None else f"{one.age_s} s"
        table.add_row(
            one.number or "",
            one.contact_id,
            one.agent_id or "",
            one.session or "",
            age,
            str(one.shard),
            one.connector or "nobody",
            "yes" if one.live else "no",
        )
    Console(highlight=False).print(table if found else "No socket is open.")


def _person(
    tables: Tables, leases: tuple[Lease, ...], number: str, values: Mapping[str, str]
) -> tuple[list[Connection], dict[str, object]]:
    contact_id = contact_id_of(number, read(IdentitySettings, values).pepper)
    state = SocketTable(tables).state(contact_id)
    found: list[Connection] = []
    if state is not None and state.open_on is not None and leases:
        lease = leases[shard_of(contact_id, len(leases))]
        found = [_of_state(state, lease)]
    known = {"status": state.status.value, "messages": state.message_count} if state else None
    return found, {
        "number": parse_address(number).masked,
        "has_active_connection": any(one.live for one in found),
        "connection": asdict(found[0]) if found else None,
        "conversation": known,
    }


def _of_state(state: ConversationState, lease: Lease) -> Connection:
    opened_at = state.session_opened_at
    return Connection(
        contact_id=state.contact_id,
        number=_masked(state.phone_number or state.address),
        agent_id=state.agent_id,
        session=state.elevenlabs_conversation_id,
        shard=lease.shard,
        connector=lease.owner,
        age_s=_age(opened_at, _now()) if opened_at else None,
        live=_is_live(state.epoch, lease),
    )


def _shown(socket: OpenSocket, lease: Lease, now: datetime) -> Connection:
    return Connection(
        contact_id=socket.contact_id,
        number=_masked(socket.phone_number),
        agent_id=socket.agent_id,
        session=socket.session,
        shard=socket.shard,
        connector=lease.owner,
        age_s=_age(socket.opened_at, now),
        live=_is_live(socket.epoch, lease),
    )


def _is_live(epoch: int, lease: Lease) -> bool:
    return lease.owner is not None and epoch == lease.epoch


def _age(since: datetime, now: datetime) -> int:
    return max(0, round((now - since).total_seconds()))


def _masked(number: str | None) -> str | None:
    try:
        return parse_address(number).masked if number else None
    except Refused:
        return None


def _tables(values: Mapping[str, str]) -> Tables:
    settings = read(AwsSettings, values)
    session = aws_session()
    if settings.endpoint_url is not None:
        key, secret = values.get("AWS_ACCESS_KEY_ID"), values.get("AWS_SECRET_ACCESS_KEY")
        session.set_credentials(key or "", secret or "")
    return Tables(settings, session=session)


def _now() -> datetime:
    return datetime.now(UTC)
