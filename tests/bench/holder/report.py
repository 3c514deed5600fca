"""What was measured, as medians over the runs: a table to read, and one object to compare."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from tests.bench.holder.rivals import RIVALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.holder.phases import Run

KEYS = (
    "kb_per_socket", "connect_cpu_ms", "idle_cpu_pct", "p50_ms", "p99_ms", "reconnect_s", "errors",
)  # fmt: skip
MORE = (
    "process_mb", "after_reconnect_mb", "growth_pct", "empty_mb", "threads", "message_cpu_ms",
    "reconnect_cpu_ms", "open_s", "skipped",
)  # fmt: skip
_COLUMNS = (
    ("sockets", "sockets"), ("KB a socket", "kb_per_socket"), ("MB in all", "process_mb"),
    ("CPU ms a connect", "connect_cpu_ms"), ("idle CPU %", "idle_cpu_pct"),
    ("CPU ms a message", "message_cpu_ms"), ("p50 ms", "p50_ms"), ("p99 ms", "p99_ms"),
    ("all back, s", "reconnect_s"), ("MB after", "after_reconnect_mb"), ("errors", "errors"),
)  # fmt: skip


def medians(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """By the rival's name. A value that a run lacks is left out of its median."""
    found = {}
    for rival in RIVALS:
        mine = [run for run in runs if run.rival.name == rival.name]
        if mine:
            found[rival.name] = _median_of(mine)
    return found


def _median_of(runs: Sequence[Run]) -> dict[str, Any]:
    merged: dict[str, Any] = {"version": runs[0].version, "runs": len(runs)}
    for key in ("sockets", *KEYS, *MORE):
        values = [run.found[key] for run in runs if run.found.get(key) is not None]
        merged[key] = round(statistics.median(values), 3) if values else None
    merged["errors"] = max((run.found.get("errors", 0) for run in runs), default=None)
    merged["slowest_pong_s"] = _slowest_pong(runs)
    merged["server_cpu_pct"] = _busiest(runs)
    faults = [run.fault for run in runs if run.fault]
    if faults:
        merged["reason"] = faults[0]
    return merged


def _slowest_pong(runs: Sequence[Run]) -> float | None:
    phases = [run.found.get("server", {}).get("reconnect") for run in runs]
    return max((round(p["slowest_pong_s"], 2) for p in phases if p), default=None)


def _busiest(runs: Sequence[Run]) -> dict[str, int]:
    """The most of a core that the far end used in each phase: near 100 it was the limit."""
    busiest: dict[str, int] = {}
    for run in runs:
        for phase, report in run.found.get("server", {}).items():
            busiest[phase] = max(busiest.get(phase, 0), report["cpu_pct"])
    return busiest


def table(found: dict[str, dict[str, Any]]) -> list[str]:
    """In Markdown."""
    titles = {rival.name: rival.title for rival in RIVALS}
    lines = [
        "| client | " + " | ".join(title for title, _ in _COLUMNS) + " |",
        "|---|" + "---|" * len(_COLUMNS),
    ]
    for name, values in found.items():
        cells = (_cell(values.get(key)) for _, key in _COLUMNS)
        lines.append(f"| {titles[name]} | " + " | ".join(cells) + " |")
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}"


def ratios(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Hilo against the others, in what the targets name."""
    pairs = {
        "kb_against_node_ws": ("hilo", "node_ws", "kb_per_socket"),
        "kb_against_picows": ("hilo", "picows", "kb_per_socket"),
        "kb_against_wsclient_threads": ("hilo", "wsclient_threads", "kb_per_socket"),
        "kb_against_websockets_asyncio": ("hilo", "websockets_asyncio", "kb_per_socket"),
        "kb_against_aiohttp": ("hilo", "aiohttp", "kb_per_socket"),
        "connect_resumed_against_websockets": ("hilo", "websockets_asyncio", "connect_cpu_ms"),
        "connect_full_against_websockets": ("hilo_full", "websockets_asyncio", "connect_cpu_ms"),
        "transport_resumed_against_websockets": (
            "transport",
            "websockets_asyncio",
            "connect_cpu_ms",
        ),
        "transport_full_against_websockets": (
            "transport_full",
            "websockets_asyncio",
            "connect_cpu_ms",
        ),
        "p99_against_websockets": ("hilo", "websockets_asyncio", "p99_ms"),
    }
    values = {
        name: (found.get(ours, {}).get(key), found.get(theirs, {}).get(key))
        for name, (ours, theirs, key) in pairs.items()
    }
    return {
        name: round(ours / theirs, 3) for name, (ours, theirs) in values.items() if ours and theirs
    }


def result(
    found: dict[str, dict[str, Any]], absent: dict[str, str], more: dict[str, Any]
) -> dict[str, Any]:
    """The last line."""
    clients: dict[str, Any] = {}
    for rival in RIVALS:
        if rival.name in absent:
            clients[rival.name] = dict.fromkeys(KEYS) | {"reason": absent[rival.name]}
        elif rival.name in found:
            values = found[rival.name]
            kept = (*KEYS, *MORE, "version", "slowest_pong_s", "server_cpu_pct", "reason")
            clients[rival.name] = {key: values[key] for key in kept if key in values}
    sockets = {name: values["sockets"] for name, values in found.items()}
    return {"sockets": sockets, "clients": clients, "ratios": ratios(found), **more}
