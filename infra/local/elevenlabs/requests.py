"""Reading what clients ask for; what does not fit is refused as FastAPI refuses it (422)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.elevenlabs.problems import invalid, missing
from infra.local.elevenlabs.shapes import UnreadableError, read_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.local.elevenlabs.shapes import Json

_MOST_RECIPIENTS = 10_000


async def body(request: Request) -> Json:
    """The JSON object in the body."""
    try:
        return read_object(await request.body())
    except UnreadableError as error:
        raise invalid((["body", 0], f"JSON decode error: {error}", "json_invalid")) from error


def query(request: Request, name: str) -> str:
    """A query parameter that must be there."""
    value = request.query_params.get(name)
    if value is None:
        raise invalid(missing("query", name))
    return value


def number(request: Request, name: str, otherwise: int, *, smallest: int, greatest: int) -> int:
    """A whole number in the query, within its limits."""
    given = request.query_params.get(name)
    if given is None:
        return otherwise
    if not given.isdecimal():
        raise invalid((["query", name], "Input should be a valid integer", "int_parsing"))
    if not smallest <= int(given) <= greatest:
        limits = f"Input should be between {smallest} and {greatest}"
        raise invalid((["query", name], limits, "value_error"))
    return int(given)


def check_fields(wanted: Json, *names: str) -> None:
    """All these fields must be texts that are not empty."""
    faults = [missing("body", name) for name in names if name not in wanted]
    faults += [
        (["body", name], "Input should be a valid string", "string_type")
        for name in names
        if name in wanted and not (isinstance(wanted[name], str) and wanted[name])
    ]
    if faults:
        raise invalid(*faults)


def check_batch(wanted: Json) -> None:
    """A batch names itself, an agent, and whom to call."""
    check_fields(wanted, "call_name", "agent_id")
    recipients = wanted.get("recipients")
    if recipients is None:
        raise invalid(missing("body", "recipients"))
    if not isinstance(recipients, list) or not 0 < len(recipients) <= _MOST_RECIPIENTS:
        limits = f"1 to {_MOST_RECIPIENTS} recipients are wanted"
        raise invalid((["body", "recipients"], limits, "value_error"))
    faults = [
        missing("body", "recipients", n, "phone_number")
        for n, recipient in enumerate(recipients)
        if not isinstance(recipient, dict)
        or not (recipient.get("phone_number") or recipient.get("whatsapp_user_id"))
    ]
    if faults:
        raise invalid(*faults)
