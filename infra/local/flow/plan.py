"""What a run of the flow is going to do, decided before anything starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conversation.addresses import normalise, parse_address, parse_number
from conversation.errors import MisconfiguredError, Refused
from infra.local.flow.facts import fault_of, new_fact
from infra.local.settings import Provider, faults_of, reaches_people, simulated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from conversation.variables import DialectName

PHONE_NUMBER_ID: Final = "ELEVENLABS_PHONE_NUMBER_ID"
PATIENCE_S: Final = 60.0
HUMAN_PATIENCE_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for on the command line; ``None`` leaves the choice to us."""

    fact: str | None = None
    dialect: DialectName | None = None
    to: str | None = None
    name: str = "Ana"
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. ``values`` are the settings for the stack; they may hold secrets."""

    fact: str
    number: str
    name: str
    calls_people: bool
    """Whether a real phone rings."""
    writes_to_people: bool
    """Whether a real WhatsApp is written to, and its owner has to write back."""
    patience_s: float
    """How long a step may take. Human beings, and the world between them, get more."""
    agent_id: str | None = None
    phone_number_id: str | None = None
    values: Mapping[str, str] = field(repr=False)

    @property
    def real(self) -> bool:
        """Whether anything of it reaches people or costs money."""
        return self.calls_people or self.writes_to_people


def plan(values: Mapping[str, str], wishes: Wishes, chance: Random) -> Plan:
    """Decide. ``values`` are the user's settings.

    Raises ``MisconfiguredError`` naming at once all that is missing or wrong.
    """
    calls_people = places_calls(values)
    writes_to_people = reaches_people(values)
    faults = _faults(values, wishes, calls_people=calls_people, writes_to_people=writes_to_people)
    faults += faults_of(values)
    if faults:
        raise MisconfiguredError(faults)
    real = calls_people or writes_to_people
    number = parse_number(wishes.to).value if wishes.to else a_number(chance)
    return Plan(
        fact=wishes.fact.strip() if wishes.fact else new_fact(chance),
        number=number,
        name=wishes.name,
        calls_people=calls_people,
        writes_to_people=writes_to_people,
        patience_s=wishes.timeout_s or (HUMAN_PATIENCE_S if real else PATIENCE_S),
        agent_id=values.get("DEFAULT_AGENT_ID"),
        phone_number_id=values.get(PHONE_NUMBER_ID),
        values=_told(values, wishes, number if writes_to_people else None),
    )


def places_calls(values: Mapping[str, str]) -> bool:
    """Whether a call would really be placed: ElevenLabs' own address, with a key."""
    return Provider.ELEVENLABS not in simulated(values) and "ELEVENLABS_API_URL" not in values


def a_number(chance: Random) -> str:
    """A Colombian mobile number for a simulated person: another each time, for the cool-down."""
    return f"+57313{chance.randrange(10**7):07}"


def _faults(
    values: Mapping[str, str], wishes: Wishes, *, calls_people: bool, writes_to_people: bool
) -> list[str]:
    faults = [fault_of(wishes.fact)] if wishes.fact is not None else []
    faults.append(_number_fault(wishes.to) if wishes.to else None)
    if calls_people:
        faults += _call_faults(values, wishes)
    elif writes_to_people and not wishes.to:
        faults.append("--to +E164 is missing: the WhatsApp number that is written to, your own")
    if writes_to_people and wishes.to:
        faults.append(_allowed_fault(values, wishes.to))
    return [fault for fault in faults if fault]


def _call_faults(values: Mapping[str, str], wishes: Wishes) -> list[str]:
    """What a real call needs. Both are named even if only one is missing."""
    missing = [
        name
        for name, given in ((PHONE_NUMBER_ID, values.get(PHONE_NUMBER_ID)), ("--to", wishes.to))
        if not given
    ]
    faults = []
    if missing:
        faults.append(
            f"a real call needs {PHONE_NUMBER_ID} (ElevenLabs' id of the number that calls) "
            f"and --to +E164 (the number that is called, your own); missing: {', '.join(missing)}"
        )
    if "DEFAULT_AGENT_ID" not in values:
        faults.append("a real call needs DEFAULT_AGENT_ID: the agent that calls")
    return faults


def _number_fault(number: str) -> str | None:
    try:
        parse_number(number)
    except Refused as error:
        return f"--to is wrong: {error}"
    return None


def _allowed_fault(values: Mapping[str, str], number: str) -> str | None:
    allowed = [each for each in values.get("ALLOWED_NUMBERS", "").split(",") if each.strip()]
    try:
        known = {_identity(each) for each in allowed}
        if not known or _identity(number) in known:
            return None
    except Refused:
        return None  # the settings' own check names what is wrong
    return "--to is not among ALLOWED_NUMBERS: it would get no message"


def _identity(number: str) -> str:
    return normalise(parse_address(number.strip()))


def _told(values: Mapping[str, str], wishes: Wishes, only: str | None) -> dict[str, str]:
    # Whoever runs the test twice a day wants both openers.
    told = {"OPENER_COOLDOWN_DAYS": "0"} | dict(values)
    if wishes.dialect is not None:
        told["ELEVENLABS_DIALECT"] = wishes.dialect.value
    if only is not None and "ALLOWED_NUMBERS" not in told:
        # Naming the number is the leave to write to it, and to nobody else.
        told["ALLOWED_NUMBERS"] = only
    return told
