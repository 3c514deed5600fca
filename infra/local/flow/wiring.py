"""The flow's composition root: who plays which part, against a stack that runs."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import httpx

from conversation import variables  # noqa: TC001 - read() resolves the annotations at run time
from conversation.adapters.clients import aws_session, sqs_client
from conversation.adapters.doorbells import SqsBells
from conversation.adapters.elevenlabs.client import ElevenLabs
from conversation.adapters.elevenlabs.rest import Rest
from conversation.adapters.identity import new_ulid
from conversation.adapters.tables.commands import CommandTable
from conversation.adapters.tables.tables import Tables
from conversation.adapters.twilio.messages import TwilioMessages
from conversation.contacts import contact_id_of
from conversation.identifiers import MessageKey
from conversation.settings import read
from infra.local.emulator import CREDENTIALS
from infra.local.flow.calling import BatchCalls
from infra.local.flow.control import Control
from infra.local.flow.door import PATH, WebhookDoor
from infra.local.flow.phones import OwnPhone, PlayedPhone, SimulatedPhone
from infra.local.flow.records import TableRecords
from infra.local.flow.steps import World
from infra.local.flow.watch import Watch
from infra.local.twilio.records import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import botocore.session

    from infra.local.flow.plan import Plan
    from infra.local.flow.ports import Pause, Phone, Records

CONTROL_TIMEOUT_S: Final = 30.0
"""A simulated person's message is answered after our webhook's last attempt."""


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """What the flow reads of the running stack's environment."""

    aws: variables.AwsSettings
    inbox: variables.InboxSettings
    outbox: variables.OutboxSettings
    identity: variables.IdentitySettings
    twilio: variables.TwilioAccountSettings
    twilio_api: variables.TwilioApiSettings
    public: variables.PublicSettings
    elevenlabs: variables.ElevenLabsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The stack that the flow works on."""

    environment: Mapping[str, str]
    gateway: str
    logs: Path
    pause: Pause


@contextmanager
def world(plan: Plan, running: Running, tell: Callable[[str], None]) -> Iterator[World]:
    """Everything for the steps. ``tell`` reaches the human being at the screen."""
    settings = read(FlowSettings, running.environment)
    watch = Watch(monotonic=time.monotonic, pause=running.pause)
    records = _records(settings, plan.number)
    with ExitStack() as exits:
        calls = BatchCalls(
            workspace=ElevenLabs(settings.elevenlabs),
            agent_id=plan.agent_id,
            phone_number_id=plan.phone_number_id,
            agents=lambda: Rest(settings.elevenlabs).get("/v1/convai/agents"),
            control=None if plan.calls_people else _control(settings.elevenlabs.api_url, exits),
        )
        yield World(
            plan=plan,
            calls=calls,
            phone=_phone(plan, running, settings, (watch, records, tell), exits),
            records=records,
            watch=watch,
            logs=running.logs,
        )


def _phone(
    plan: Plan,
    running: Running,
    settings: FlowSettings,
    given: tuple[Watch, Records, Callable[[str], None]],
    exits: ExitStack,
) -> Phone:
    watch, records, tell = given
    look_in = str(running.logs / "gateway.jsonl")
    if plan.writes_to_people:
        return OwnPhone(
            listed=TwilioMessages(settings.twilio, settings.twilio_api),
            address=f"whatsapp:{plan.number}",
            since=datetime.now(UTC).replace(microsecond=0),
            watch=watch,
            patience_s=plan.patience_s,
            tell=tell,
            look_in=look_in,
        )
    control = _control(settings.twilio_api.api_url or "", exits)
    if control is None:
        door = _door(plan, running, settings, look_in)
        return PlayedPhone(records=records, post=door.post)
    _deliver_to(control, f"{running.gateway}{PATH}")
    return SimulatedPhone(control=control, number=plan.number, name=plan.name, look_in=look_in)


def _door(plan: Plan, running: Running, settings: FlowSettings, look_in: str) -> WebhookDoor:
    return WebhookDoor(
        account=settings.twilio,
        public_base_url=settings.public.base_url,
        gateway=running.gateway,
        person=Person(key=plan.number, number=plan.number, bsuid="", profile_name=plan.name),
        look_in=look_in,
    )


def _control(url: str, exits: ExitStack) -> Control | None:
    """The control API at ``url``; ``None`` where the server there is no simulator of ours."""
    client = httpx.Client(base_url=url, timeout=CONTROL_TIMEOUT_S, trust_env=False)
    control = Control(exits.enter_context(client))
    return control if control.answers() else None


def _deliver_to(control: Control, webhook: str) -> None:
    """A simulator that somebody else started cannot know our port."""
    if control.get("/config")["webhook_url"] != webhook:
        control.post("/config", {"webhook_url": webhook})


def _records(settings: FlowSettings, number: str) -> TableRecords:
    session = _session()
    tables = Tables(settings.aws, session=session)
    tables.connect()
    return TableRecords(
        tables=tables,
        commands=CommandTable(tables),
        bells=SqsBells(
            sqs_client(session, settings.aws),
            inbox_urls=settings.inbox.queue_urls,
            outbox_url=settings.outbox.queue_url,
            new_id=new_ulid,
        ),
        contact_id=contact_id_of(number, settings.identity.pepper),
        since=_new_key(),
        new_key=_new_key,
        clock=lambda: datetime.now(UTC),
    )


def _session() -> botocore.session.Session:
    """Of the local AWS, whatever account the user's own environment names."""
    session = aws_session()
    for name, value in (("profile", None), *dict.fromkeys(_FILES, "/dev/null").items()):
        session.set_config_variable(name, value)
    session.set_credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    return session


_FILES: Final = ("config_file", "credentials_file")


def _new_key() -> MessageKey:
    return MessageKey(new_ulid())
