"""``python -m infra.local.page``: serve the page on a port of 127.0.0.1."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from conversation.settings import environment, read
from infra.local.page.server import Server, create_app, listening
from infra.local.page.site import PageSettings, Site


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; one JSON line tells the address once it is ready."""
    parser = _parser()
    given = parser.parse_args(arguments)
    site = Site(
        logs=given.logs,
        settings=read(PageSettings, environment()),
        elevenlabs_url=given.elevenlabs,
        twilio_url=given.twilio,
        calls_simulated=not given.real_elevenlabs,
        phones_simulated=not given.real_twilio,
    )
    if (site.calls_simulated and not site.elevenlabs_url) or (
        site.phones_simulated and not site.twilio_url
    ):
        parser.error("name each simulator's address, or say that the provider is the real one")
    server = Server(create_app(site), lambda url: print(json.dumps({"listening": url}), flush=True))
    with listening(given.port) as socket:
        asyncio.run(server.serve([socket]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local.page", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--elevenlabs", default="", help="the simulator's address")
    parser.add_argument("--twilio", default="", help="the simulator's address")
    parser.add_argument("--logs", type=Path, required=True, help="the folder of the JSON lines")
    parser.add_argument("--real-elevenlabs", action="store_true", help="calls are real")
    parser.add_argument("--real-twilio", action="store_true", help="phones are real")
    return parser


if __name__ == "__main__":
    main()
