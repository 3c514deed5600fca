"""``python -m connector``: hold the sockets of the shards that fall to this process.

Exit status: 0 drained after SIGTERM or SIGINT; 1 could not begin, AWS does not answer; 2 the
settings have faults, or the deployment has another number of shards; 143 a second SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from connector.settings import load
from connector.wiring import aws_of, service, signals_of
from conversation.adapters.values import values
from conversation.errors import MisconfiguredError, Transient
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from connector.service import Service
    from conversation.signals import Signals

DRAINED, NOT_BEGUN, MISCONFIGURED, TERMINATED = 0, 1, 2, 143
_TRIES: Final = 30
_PAUSE_S: Final = 2.0


def main() -> int:
    """Run until told to stop. Returns the exit status."""
    try:
        settings = load(values())
        signals = signals_of(settings)
        aws = aws_of(settings)
        found(aws.leases.found, signals, pause=time.sleep)
        running = service(settings, aws, signals)
    except MisconfiguredError as error:
        faults = "".join(f"\n  - {fault}" for fault in error.faults)
        sys.stderr.write(f"The connector cannot start, its settings have faults:{faults}\n")
        return MISCONFIGURED
    except (Transient, OSError) as error:
        sys.stderr.write(f"The connector cannot start: {error}\n")
        return NOT_BEGUN
    drain_on_signals(running)
    running.run()
    return DRAINED


def found(
    register: Callable[[], None], signals: Signals, *, pause: Callable[[float], None]
) -> None:
    """Join the deployment. AWS may come up after us: it is tried for a minute."""
    for left in reversed(range(_TRIES)):
        try:
            register()
        except Transient as error:
            if not left:
                raise
            signals(Signal.PROVIDER_FAILED, where="leases", reason=error.reason)
            pause(_PAUSE_S)
        else:
            return


def drain_on_signals(running: Service) -> None:
    """The first SIGTERM or SIGINT drains, the second ends at once."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, at_once)
        running.loop.call_soon_threadsafe(running.drain)

    def at_once(_number: int, _frame: FrameType | None) -> None:
        os._exit(TERMINATED)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)


if __name__ == "__main__":
    sys.exit(main())
