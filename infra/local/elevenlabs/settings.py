"""What can be set on the simulator, at its start and while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.elevenlabs.shapes import Json


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Times are in seconds. None switches a rule off."""

    api_key: str
    call_seconds: float = 3.0
    processing_seconds: float = 1.0
    calls_at_once: int = 4
    ping_interval_s: float = 20.0
    pong_timeout_s: float = 60.0
    first_frame_timeout_s: float = 20.0
    idle_timeout_s: float | None = None
    max_duration_s: float | None = None
    tool_timeout_s: float = 20.0
    thinking_s: float = 0.05
    delta_delay_s: float = 0.01
    concurrency_limit: int | None = None
    webhook_url: str | None = None
    webhook_secret: str = "wsec_simulated"  # noqa: S105  # the simulator's own, guards nothing
    webhook_retries: bool = False
    tier: str = "creator"
    sessions_kept: int = 500


def changed(settings: SimulatorSettings, changes: Mapping[str, object]) -> SimulatorSettings:
    """Apply changes that came as JSON; raise ValueError that names every unknown or wrong one."""
    known = {field.name: str(field.type) for field in fields(settings)}
    faults = [
        f"{name}: {'unknown' if name not in known else f'{known[name]} is wanted'}"
        for name, value in changes.items()
        if name not in known or not _fits(value, known[name])
    ]
    if faults:
        raise ValueError("; ".join(sorted(faults)))
    return replace(settings, **changes)  # type: ignore[arg-type]  # checked just above


def shown(settings: SimulatorSettings) -> Json:
    """The settings as JSON, without the key and the secret."""
    return {k: v for k, v in asdict(settings).items() if k not in {"api_key", "webhook_secret"}}


def _fits(value: object, declared: str) -> bool:
    if value is None:
        return "None" in declared
    if isinstance(value, bool):
        return declared == "bool"
    if isinstance(value, int | float):
        return value >= 0 and ("float" in declared or ("int" in declared and value == int(value)))
    return isinstance(value, str) and "str" in declared
