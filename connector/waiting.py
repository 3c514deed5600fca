"""A connector whose settings are not filled in yet: it says what is missing, and begins by itself.

The first deployment is to be green with an empty secret, so such a process is healthy. One whose
settings are wrong is not: a deployment that brought them is rolled back.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from connector.health import Health, Page, page_of
from conversation.errors import HiloError, MisconfiguredError
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.signals import Signals
    from conversation.variables import HealthSettings

T = TypeVar("T")

LOOK_EVERY_S: Final = 10.0
TELL_EVERY: Final = 6
"""Looks between two lines of the log that say the same: whoever looks into it finds one."""

STATE: Final = "waiting_for_settings"
REMEDY: Final = "fill in the secret that HILO_SECRET_ARN names"


class Load(Protocol[T]):  # type: ignore[misc]  # it is only returned
    """Reads the settings."""

    def __call__(self, *, fresh: bool) -> T:
        """The settings, from the secret as it is now where ``fresh``. Raises a ``HiloError``."""


class Board:
    """What the health page says. Written by the thread that waits, read by the server's."""

    def __init__(self, error: MisconfiguredError) -> None:
        self.error: HiloError = error
        self.healthy = error.unfilled

    def note(self, error: HiloError) -> bool:
        """This look failed. Whether that is news."""
        news = str(error) != str(self.error)
        self.error = error
        if isinstance(error, MisconfiguredError):
            self.healthy = error.unfilled
        return news

    def healthz(self) -> Page:
        """200 while nothing is wrong but that settings are missing."""
        said = {"ok": self.healthy, "state": STATE, "missing": str(self.error).splitlines()}
        return page_of(said, HTTPStatus.OK if self.healthy else HTTPStatus.SERVICE_UNAVAILABLE)


def until_whole(
    load: Load[T],
    error: MisconfiguredError,
    *,
    health: HealthSettings,
    signals: Signals,
    stopped: Callable[[float], bool],
) -> T | None:
    """The settings, as soon as there are all of them; ``None`` where we are to end before.

    ``error`` is why there are none. ``stopped`` waits for so many seconds, or until it is true.
    """
    board = Board(error)
    server = Health({"/healthz": board.healthz}, host=health.host, port=health.port)
    server.start()
    try:
        return looked(load, board, signals, stopped)
    finally:
        server.stop()


def looked(
    load: Load[T], board: Board, signals: Signals, stopped: Callable[[float], bool]
) -> T | None:
    """``until_whole``, with a board that somebody else shows."""
    _tell(board.error, signals)
    looks = 0
    while not stopped(LOOK_EVERY_S):
        looks += 1
        try:
            return load(fresh=True)
        except HiloError as error:
            if board.note(error) or not looks % TELL_EVERY:
                _tell(error, signals)
    return None


def _tell(error: HiloError, signals: Signals) -> None:
    if isinstance(error, MisconfiguredError):
        names = ",".join(fault.partition(" ")[0] for fault in error.faults)
        signals(Signal.CONNECTOR_WAITING, state=STATE, reason=names, remedy=REMEDY)
    else:
        signals(Signal.PROVIDER_FAILED, where="secrets", reason=error.reason)
