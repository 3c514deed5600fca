"""What the local stack is told, and what it tells its children."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dotenv import dotenv_values

from conversation import variables  # noqa: TC001 - read() resolves the annotations at run time
from conversation.errors import MisconfiguredError
from conversation.parsing import number, whole
from conversation.settings import environment, read, setting, variables_of
from infra.local.data import LocalSecrets
from infra.local.emulator import CREDENTIALS, REGION
from infra.local.twilio.openers import OPENER_EN, OPENER_ES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SIMULATED_SENDER: Final = "whatsapp:+14155238886"
"""Twilio's sandbox number: what a newcomer will meet first with real keys, too."""

SIMULATED_AGENT: Final = "agent_4701k8fcsvhaes5s1h6tw894g98s"
"""The original's agent, which the simulator knows."""

ANYWHERE: Final = "http://127.0.0.1:1"
"""Stands in for an address that is known only once its server runs."""

ANYTHING: Final = LocalSecrets("-", "-", "-", f"AC{'0' * 32}", "-", "-")
"""Stands in for the secrets of a data folder that is not opened yet."""


class Provider(StrEnum):
    """Those outside whom a simulator can stand in for."""

    ELEVENLABS = "elevenlabs"
    TWILIO = "twilio"


@dataclass(frozen=True, slots=True)
class StackSettings:
    """The local stack's own settings."""

    connectors: int = setting(
        "CONNECTORS", "how many connector processes the local stack runs", whole(0, 8), default="1"
    )
    monitor_every_s: float = setting(
        "MONITOR_EVERY_S",
        "how often batch_monitor is called on this machine (deployed: every minute)",
        number(0.1, 3600),
        default="2",
    )
    sweep_every_s: float = setting(
        "SWEEP_EVERY_S",
        "how often sweeper is called on this machine (deployed: every minute)",
        number(0.1, 3600),
        default="5",
    )
    notify_every_s: float = setting(
        "NOTIFY_EVERY_S",
        "how often operator_alerts is called on this machine (deployed: every minute)",
        number(0.1, 3600),
        default="5",
    )


@dataclass(frozen=True, slots=True)
class EverySetting:
    """All that any process of the stack reads: so that every fault is found before any starts."""

    stack: StackSettings
    aws: variables.AwsSettings
    inbox: variables.InboxSettings
    outbox: variables.OutboxSettings
    identity: variables.IdentitySettings
    twilio: variables.TwilioAccountSettings
    twilio_api: variables.TwilioApiSettings
    public: variables.PublicSettings
    elevenlabs: variables.ElevenLabsSettings
    agent: variables.AgentSettings
    start: variables.StartSettings
    words: variables.WordSettings
    send: variables.SendSettings
    sweep: variables.SweepSettings
    webhook: variables.WebhookSecretSettings
    sockets: variables.SocketSettings
    sittings: variables.SittingSettings
    floods: variables.FloodSettings
    context: variables.ContextSettings
    leases: variables.LeaseSettings
    intake: variables.IntakeSettings
    health: variables.HealthSettings
    log: variables.LogSettings
    panel: variables.PanelSettings
    notify: variables.NotifySettings
    retention: variables.RetentionSettings


def given(env_file: Path) -> dict[str, str]:
    """The settings of the user: ``.env``, and the environment, which wins. Blank counts as absent.

    AWS' own variables are left out: they name an account of the user's, and nothing here may ever
    reach it.
    """
    written = {name: value for name, value in dotenv_values(env_file).items() if value}
    mine = {name: value for name, value in environment().items() if value}
    return {name: value for name, value in (written | mine).items() if not name.startswith("AWS_")}


def simulated(values: Mapping[str, str]) -> frozenset[Provider]:
    """The providers of whom neither the address nor any key is set."""
    real = {
        Provider.ELEVENLABS: "ELEVENLABS_API_KEY" in values or "ELEVENLABS_API_URL" in values,
        Provider.TWILIO: "TWILIO_API_URL" in values or bool(_twilio_keys(values)),
    }
    return frozenset(provider for provider, is_real in real.items() if not is_real)


def base_environment(values: Mapping[str, str]) -> dict[str, str]:
    """What every child gets: the user's environment, and no proxy between us and ourselves."""
    direct = ",".join(filter(None, ("127.0.0.1,localhost", values.get("NO_PROXY"))))
    return dict(values) | {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **CREDENTIALS,
    }


def bystander_environment(values: Mapping[str, str]) -> dict[str, str]:
    """What the emulator and the simulators get: everything but the user's secrets."""
    secret = {variable.name for variable in variables_of(EverySetting) if variable.secret}
    return base_environment({name: v for name, v in values.items() if name not in secret})


def product_environment(
    values: Mapping[str, str],
    *,
    secrets: LocalSecrets,
    outputs: Mapping[str, str],
    urls: Mapping[str, str],
) -> dict[str, str]:
    """What Hilo's own processes are told: the user's settings, completed by the stack's.

    ``urls`` holds ``aws``, ``gateway`` and one for each simulated provider.
    """
    missing = _fillings(secrets, urls) | _comforts(values) | _cautions(values)
    found = {
        "AWS_ENDPOINT_URL": urls["aws"],
        "INBOX_QUEUE_URLS": outputs["InboxQueueUrls"],
        "OUTBOX_QUEUE_URL": outputs["OutboxQueueUrl"],
        "DEAD_LETTER_QUEUE_URLS": outputs["DeadLetterQueueUrls"],
    }
    for provider in simulated(values):
        found |= {f"{provider.upper()}_API_URL": urls[provider]}
    if Provider.TWILIO in simulated(values):
        # The simulator signs what it sends for the address it sends to.
        found |= {"PUBLIC_BASE_URL": urls["gateway"]}
    return base_environment(missing | dict(values) | found)


def check(values: Mapping[str, str]) -> StackSettings:
    """The stack's settings. Raises ``MisconfiguredError`` naming every fault of every process."""
    urls = dict.fromkeys(("aws", "gateway", *Provider), ANYWHERE)
    names = ("InboxQueueUrls", "OutboxQueueUrl", "DeadLetterQueueUrls")
    outputs = dict.fromkeys(names, ANYWHERE)
    planned = product_environment(values, secrets=ANYTHING, outputs=outputs, urls=urls)
    faults = _half_a_pair(values)
    try:
        settings = read(EverySetting, planned).stack
    except MisconfiguredError as error:
        raise MisconfiguredError([*faults, *error.faults]) from error
    if faults:
        raise MisconfiguredError(faults)
    return settings


def faults_of(values: Mapping[str, str]) -> list[str]:
    """What ``check`` finds wrong, for who has faults of the same kind to add."""
    try:
        check(values)
    except MisconfiguredError as error:
        return error.faults
    return []


def _twilio_keys(values: Mapping[str, str]) -> list[str]:
    return [name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if name in values]


def _half_a_pair(values: Mapping[str, str]) -> list[str]:
    # Where another address is given, what is missing is filled in as for the simulator.
    match _twilio_keys(values):
        case [only] if "TWILIO_API_URL" not in values:
            return [f"only {only} is set: set the account SID and the auth token, or neither"]
        case _:
            return []


def _fillings(secrets: LocalSecrets, urls: Mapping[str, str]) -> dict[str, str]:
    # For what the user did not set. With real Twilio keys the sender must be named by the user.
    return {
        "TABLE_PREFIX": "hilo",
        "HILO_PEPPER": secrets.pepper,
        "ELEVENLABS_API_KEY": secrets.elevenlabs_api_key,
        "ELEVENLABS_WEBHOOK_SECRET": secrets.elevenlabs_webhook_secret,
        "TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": secrets.twilio_auth_token,
        "PUBLIC_BASE_URL": urls["gateway"],
        "PANEL_LINK_KEY": secrets.panel_link_key,
    }


def _comforts(values: Mapping[str, str]) -> dict[str, str]:
    # What is tried twice in a row should answer twice: whoever writes first, or is called again.
    if Provider.ELEVENLABS not in simulated(values):
        return {}
    agent = {"DEFAULT_AGENT_ID": SIMULATED_AGENT}
    return agent if reaches_people(values) else agent | {"OPENER_COOLDOWN_DAYS": "0"}


def _cautions(values: Mapping[str, str]) -> dict[str, str]:
    # With real keys on this machine nobody is written to before the user says to whom.
    if reaches_people(values):
        dry = {} if "ALLOWED_NUMBERS" in values else {"OPENERS": "dry-run"}
        # A first real WhatsApp needs no tunnel: Twilio is asked where it cannot reach us.
        return dry | ({} if "PUBLIC_BASE_URL" in values else {"POLL_TWILIO": "yes"})
    return {"TWILIO_WHATSAPP_NUMBER": SIMULATED_SENDER, "BUSINESS_NAME": "Hilo"} | _template(values)


def _template(values: Mapping[str, str]) -> dict[str, str]:
    # The simulator, too, takes nothing but an approved template from us before a person wrote.
    if "TWILIO_SANDBOX" in values:
        return {}
    return {"OPENER_CONTENT_SID": json.dumps({"en": OPENER_EN.sid, "*": OPENER_ES.sid})}


def reaches_people(values: Mapping[str, str]) -> bool:
    """Whether messages would really be sent: Twilio's own address, with keys."""
    return Provider.TWILIO not in simulated(values) and "TWILIO_API_URL" not in values
