"""The chart for the README: memory a socket, drawn by hand into an SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.holder.rivals import RIVALS

if TYPE_CHECKING:
    from pathlib import Path

_WIDTH, _LEFT, _TOP, _ROW, _BAR = 760, 230, 64, 34, 20
_OURS, _THEIRS = "#0f766e", "#94a3b8"


def draw(found: dict[str, dict[str, Any]], path: Path, caption: str) -> None:
    """Write the chart: one bar a client, the smallest first."""
    titles = {rival.name: rival.title.replace("`", "") for rival in RIVALS}
    bars = sorted(
        (values["kb_per_socket"], titles[name], name, values["sockets"])
        for name, values in found.items()
        if values.get("kb_per_socket") and not name.startswith("transport")
    )
    if not bars:
        return
    room = _WIDTH - _LEFT - 190
    most = bars[-1][0]
    height = _TOP + _ROW * len(bars) + 34
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    lines = [
        head,
        "<title>Memory a TLS WebSocket</title>",
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(20, 28, "Memory a TLS WebSocket, KB (less is better)", "#0f172a", size=16),
        _text(20, 47, caption, "#475569", size=12),
    ]
    for number, (value, title, name, sockets) in enumerate(bars):
        y, ours = _TOP + number * _ROW, name.startswith("hilo")
        width = max(2.0, room * value / most)
        fill = _OURS if ours else _THEIRS
        lines += [
            _text(_LEFT - 10, y + 15, title, "#0f172a", anchor="end"),
            f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="3" fill="{fill}"/>',
            _text(_LEFT + width + 8, y + 15, f"{value:.0f} KB · {sockets:,} sockets", "#0f172a"),
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


def _text(
    x: float, y: float, words: str, fill: str, *, size: int = 13, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y}" fill="{fill}" font-size="{size}" '
        f'text-anchor="{anchor}">{words}</text>'
    )
