"""``python -m connector``: hold the sockets of the shards that fall to this process.

Where a secret is named, it waits until that holds all settings (``waiting``).

Exit status: 0 drained after SIGTERM or SIGINT; 1 could not begin, AWS does not answer; 2 the
settings have faults, or the deployment has another number of shards; 143 a second SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from connector.ground import aws_of, signals_of
from connector.settings import BareSettings, load
from connector.waiting import until_whole
from connector.wiring import service
from conversation.adapters.values import SECRET_VARIABLE, values
from conversation.errors import MisconfiguredError, Transient
from conversation.settings import environment, read
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from connector.settings import ConnectorSettings
    from conversation.signals import Signals

DRAINED, NOT_BEGUN, MISCONFIGURED, TERMINATED = 0, 1, 2, 143
_STOPS: Final = (signal.SIGTERM, signal.SIGINT)
_TRIES: Final = 30
_PAUSE_S: Final = 2.0


def main() -> int:
    """Run until told to stop. Returns the exit status."""
    try:
        settings = whole_settings()
        if settings is None:
            return DRAINED
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
    on_signals(partial(running.loop.call_soon_threadsafe, running.drain))
    running.run()
    return DRAINED


def whole_settings() -> ConnectorSettings | None:
    """The settings. Where a secret is named they are waited for; ``None``: told to stop before."""
    try:
        return _loaded(fresh=False)
    except MisconfiguredError as error:
        if not environment().get(SECRET_VARIABLE):
            raise
        return _waited_for(error)


def _waited_for(error: MisconfiguredError) -> ConnectorSettings | None:
    bare, stop = read(BareSettings, environment()), threading.Event()
    on_signals(stop.set)
    try:
        return until_whole(
            _loaded, error, health=bare.health, signals=signals_of(bare), stopped=stop.wait
        )
    finally:
        # From here until it serves, a signal ends it as it would any process.
        for number in _STOPS:
            signal.signal(number, signal.SIG_DFL)


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


def on_signals(stop: Callable[[], object]) -> None:
    """The first SIGTERM or SIGINT calls ``stop``, the second ends the process at once."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        for number in _STOPS:
            signal.signal(number, at_once)
        stop()

    def at_once(_number: int, _frame: FrameType | None) -> None:
        os._exit(TERMINATED)

    for number in _STOPS:
        signal.signal(number, asked)


def _loaded(*, fresh: bool) -> ConnectorSettings:
    return load(values(fresh=fresh))


if __name__ == "__main__":
    sys.exit(main())
