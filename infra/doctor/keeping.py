"""What was found is kept beside the conversations, so that the panel shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.adapters.tables.examined import ExaminedTable
from conversation.adapters.tables.tables import Tables
from conversation.errors import HiloError
from conversation.findings import Examined, discreet
from conversation.settings import variables_of
from conversation.variables import groups as every_group
from infra.doctor.aws import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from conversation.findings import Finding
    from infra.doctor.groups import Groups


def keep(
    groups: Groups, values: Mapping[str, str], found: Sequence[Finding], now: datetime
) -> str | None:
    """Keep it where the settings lead to a deployment. Returns why not, where it was not."""
    if groups.aws is None or groups.inbox is None:
        return "nothing is deployed yet, or this command was not told where"
    secrets = list(secrets_of(values))
    examined = Examined(now, tuple(discreet(finding, secrets) for finding in found))
    try:
        tables = Tables(groups.aws, session=session_of(groups.aws, values))
        ExaminedTable(tables).keep(examined)
    except HiloError as error:
        return str(error)
    return None


def secrets_of(values: Mapping[str, str]) -> Iterator[str]:
    """The values of all settings that are secret."""
    for group in every_group():
        for variable in variables_of(group):
            if variable.secret and values.get(variable.name):
                yield values[variable.name]
