"""Which stack a command speaks to: the one that runs here, else the one the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.errors import MisconfiguredError
from conversation.settings import environment
from infra.local.data import DataFolder
from infra.local.settings import given

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def values_of(data: Path, env: Path) -> Mapping[str, str]:
    """The running local stack's settings; else one's own, which may name a stack in AWS.

    Raises ``MisconfiguredError`` where there is neither.
    """
    running = DataFolder(data).read_running()
    if running is not None:
        return running.environment
    mine = environment() | given(env)
    if not mine.get("AWS_REGION"):
        raise MisconfiguredError(
            ["no stack runs here: start one with `make up`, or name one in AWS by AWS_REGION"]
        )
    return mine
