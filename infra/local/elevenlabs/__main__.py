"""``python -m infra.local.elevenlabs``: serve the simulator on a port of 127.0.0.1."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from infra.local.elevenlabs.server import HOST, Server, bind, create_app
from infra.local.elevenlabs.settings import SimulatorSettings


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; one JSON line tells the address once it is ready."""
    given = _parser().parse_args(arguments)
    app = create_app(_settings(given), folder=given.state_dir)
    listener = bind(given.port)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    server = Server(app, ready=lambda: print(json.dumps({"listening": address}), flush=True))
    with listener:
        asyncio.run(server.serve([listener]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="elevenlabs", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-key", required=True, help="the xi-api-key that clients must send")
    parser.add_argument("--state-dir", type=Path, help="keeps the data over a restart")
    parser.add_argument("--call-seconds", type=float, default=3.0)
    parser.add_argument("--processing-seconds", type=float, default=1.0)
    parser.add_argument("--calls-at-once", type=int, default=4)
    parser.add_argument("--ping-interval", type=float, default=20.0, help="seconds")
    parser.add_argument("--idle-timeout", type=float, help="seconds without input; off by default")
    parser.add_argument("--max-duration", type=float, help="seconds, for all agents")
    parser.add_argument("--concurrency-limit", type=int, help="open sockets, then 429")
    parser.add_argument("--webhook-url", help="where post-call webhooks go")
    parser.add_argument("--webhook-secret", default="wsec_simulated")
    parser.add_argument("--webhook-retries", action="store_true")
    return parser


def _settings(given: argparse.Namespace) -> SimulatorSettings:
    return SimulatorSettings(
        api_key=given.api_key,
        call_seconds=given.call_seconds,
        processing_seconds=given.processing_seconds,
        calls_at_once=given.calls_at_once,
        ping_interval_s=given.ping_interval,
        idle_timeout_s=given.idle_timeout,
        max_duration_s=given.max_duration,
        concurrency_limit=given.concurrency_limit,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        webhook_retries=given.webhook_retries,
    )


if __name__ == "__main__":
    main()
