"""The settings that are looked at, group by group: a fault in one must not hide the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from conversation import variables
from conversation.errors import MisconfiguredError
from conversation.settings import read, variables_of
from infra.doctor.findings import failed, ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.findings import Finding

T = TypeVar("T")

BY_THE_STACK: Final = (
    variables.AwsSettings,
    variables.InboxSettings,
    variables.OutboxSettings,
    variables.IdentitySettings,
    variables.PublicSettings,
)
"""What a deployment fills in by itself: before there is one, none of it need be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """What is known; ``None`` where a group has a fault, or is not there yet."""

    deployed: bool
    faults: tuple[str, ...]
    elevenlabs: variables.ElevenLabsSettings | None
    agent: variables.AgentSettings | None
    sockets: variables.SocketSettings | None
    context: variables.ContextSettings | None
    start: variables.StartSettings | None
    twilio: variables.TwilioAccountSettings | None
    twilio_api: variables.TwilioApiSettings | None
    public: variables.PublicSettings | None
    identity: variables.IdentitySettings | None
    aws: variables.AwsSettings | None
    inbox: variables.InboxSettings | None
    outbox: variables.OutboxSettings | None


def groups_of(values: Mapping[str, str]) -> Groups:
    """All groups. Never raises."""
    faults: list[str] = []
    deployed = bool(values.get("INBOX_QUEUE_URLS"))

    def group(kind: type[T]) -> T | None:
        try:
            return read(kind, values)
        except MisconfiguredError as error:
            if deployed or kind not in BY_THE_STACK or _any_given(kind, values):
                faults.extend(error.faults)
            return None

    found = Groups(
        deployed=deployed,
        faults=(),
        elevenlabs=group(variables.ElevenLabsSettings),
        agent=group(variables.AgentSettings),
        sockets=group(variables.SocketSettings),
        context=group(variables.ContextSettings),
        start=group(variables.StartSettings),
        twilio=group(variables.TwilioAccountSettings),
        twilio_api=group(variables.TwilioApiSettings),
        public=group(variables.PublicSettings),
        identity=group(variables.IdentitySettings),
        aws=group(variables.AwsSettings),
        inbox=group(variables.InboxSettings),
        outbox=group(variables.OutboxSettings),
    )
    group(variables.WordSettings)
    group(variables.SendSettings)
    return replace(found, faults=tuple(faults))


def settings(groups: Groups) -> Finding:
    """Whether every setting is there, and makes sense."""
    if not groups.faults:
        return ok("settings", "settings_whole")
    names = dict.fromkeys(fault.partition(" ")[0] for fault in groups.faults)
    return failed(
        "settings",
        "settings_faulty",
        said="; ".join(groups.faults),
        names=", ".join(names),
    )


def _any_given(kind: type, values: Mapping[str, str]) -> bool:
    # AWS_REGION alone does not mean that something is deployed.
    required = [v.name for v in variables_of(kind) if v.default is None and v.name != "AWS_REGION"]
    return any(values.get(name) for name in required)
