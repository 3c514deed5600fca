"""Which stack a command speaks to: the one that runs here, else the one the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.settings import environment
from infra.local.data import DataFolder
from infra.local.settings import given

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def values_of(data: Path, env: Path) -> Mapping[str, str]:
    """The running local stack's settings; else one's own, which may name a stack in AWS."""
    running = DataFolder(data).read_running()
    if running is not None:
        return running.environment
    return environment() | given(env)
