"""``python -m infra.local.gateway``: see ``--help``."""

from __future__ import annotations

import argparse
import asyncio

from infra.local.gateway.functions import Cadence
from infra.local.gateway.process import Gateway, GatewayOptions


def options_from(arguments: list[str] | None = None) -> GatewayOptions:
    """The options on the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.gateway", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--outbox-queue-url", required=True)
    parser.add_argument("--monitor-every-s", type=float, default=2.0)
    parser.add_argument("--sweep-every-s", type=float, default=5.0)
    parser.add_argument("--notify-every-s", type=float, default=5.0)
    parser.add_argument("--overlap", action="store_true", help="let schedule ticks overlap")
    given = parser.parse_args(arguments)
    return GatewayOptions(
        port=given.port,
        region=given.region,
        outbox_queue_url=given.outbox_queue_url,
        every_s={
            Cadence.MONITOR: given.monitor_every_s,
            Cadence.SWEEP: given.sweep_every_s,
            Cadence.NOTIFY: given.notify_every_s,
        },
        overlap=given.overlap,
    )


async def main() -> None:
    """Run until told to stop."""
    await Gateway(options_from()).run()


if __name__ == "__main__":
    asyncio.run(main())
