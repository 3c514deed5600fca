"""An application that is built once a process, and again when its secrets have changed.

    @renewed(SERVICE)
    def application(values: Mapping[str, str]) -> Application: ...

Where no secret is named a call costs a comparison. Where one is, it is looked at every ten
seconds at most, in Powertools' cache of five minutes: whoever rotates a token deploys nothing.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from conversation.adapters.signals import logged
from conversation.adapters.values import secrets as read_secrets
from conversation.errors import HiloError, MisconfiguredError
from conversation.settings import environment
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

LOOK_EVERY_S: Final = 10.0


class ReadSecrets(Protocol):
    """``values.secrets``."""

    def __call__(self, *, fresh: bool = False) -> dict[str, str] | None:
        """What the secrets hold; ``None`` where there are none."""


@dataclass(frozen=True, slots=True)
class _Built(Generic[T]):
    """An application, and the secrets it was built with."""

    application: T
    secrets: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why there is no application."""

    error: MisconfiguredError


class Renewed(Generic[T]):
    """Calling it returns the application. Safe to call from several threads."""

    def __init__(
        self,
        build: Callable[[Mapping[str, str]], T],
        *,
        service: str,
        secrets: ReadSecrets = read_secrets,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._build = build
        self._service = service
        self._secrets = secrets
        self._clock = clock
        self._lock = threading.Lock()
        self.cache_clear()

    def __call__(self) -> T:
        """The application for the present secrets.

        Raises ``MisconfiguredError`` while settings are missing; what is filled in then is seen
        within ``LOOK_EVERY_S``. What was built once is kept where new secrets cannot be read, or
        make no sense: a slip of the pen must not silence what works.
        """
        built = self._state
        if isinstance(built, _Built) and (built.secrets is None or self._clock() < self._look_at):
            return built.application
        with self._lock:
            return self._looked()

    def cache_clear(self) -> None:
        """Forget the application, as ``functools.cache`` does."""
        self._state: _Built[T] | _Refused | None = None
        self._look_at = 0.0

    def _looked(self) -> T:
        match self._state:
            case _Built(application, secrets) as built:
                if secrets is None or self._clock() < self._look_at:
                    return application
                return self._kept(built)
            case _Refused(error) if self._clock() < self._look_at:
                raise error
            case state:
                # What was refused a moment ago is not asked of the cache: it holds what was wrong.
                return self._made(fresh=state is not None).application

    def _kept(self, built: _Built[T]) -> T:
        self._look_at = self._clock() + LOOK_EVERY_S
        try:
            secrets = self._secrets()
            if secrets != built.secrets:
                built = self._with(secrets)
        except HiloError as error:
            note = logged(self._service, "INFO")
            note(Signal.PROVIDER_FAILED, where="secrets", reason=error.reason)
        return built.application

    def _made(self, *, fresh: bool) -> _Built[T]:
        try:
            return self._with(self._secrets(fresh=fresh))
        except MisconfiguredError as error:
            if self._names_secrets():
                self._state, self._look_at = _Refused(error), self._clock() + LOOK_EVERY_S
            raise

    def _with(self, secrets: dict[str, str] | None) -> _Built[T]:
        built = _Built(self._build(environment() | (secrets or {})), secrets)
        self._state, self._look_at = built, self._clock() + LOOK_EVERY_S
        return built

    def _names_secrets(self) -> bool:
        try:
            return self._secrets() is not None
        except HiloError:
            return True


def renewed(service: str) -> Callable[[Callable[[Mapping[str, str]], T]], Renewed[T]]:
    """Decorates a composition root that takes the values its settings are read from."""
    return lambda build: Renewed(build, service=service)
