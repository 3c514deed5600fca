"""Errors, named by what to do about them.

Adapters translate every foreign exception into one of these, always ``from`` the original; the
rest of the code decides by class and never by a provider's own type.
"""

from __future__ import annotations

from typing import Final

IS_MISSING: Final = "is missing"
"""How a fault begins, after the setting's name, where it is just not there."""

LONGEST_PAUSE_S: Final = 600.0
"""So long one who asks us to wait is obeyed. Then it is tried again, whatever was asked for."""


class HiloError(Exception):
    """The root of the tree. ``reason`` is a short stable word for tables, metrics and tests."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Transient(HiloError):
    """Trying again later may succeed.

    ``retry_after_s`` is how long the other side asked us to wait, if it did.
    ``may_have_happened`` tells that the request may have taken effect although no answer came:
    whoever repeats it must first find out.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        retry_after_s: float | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message, reason=reason)
        self.retry_after_s = retry_after_s
        self.may_have_happened = may_have_happened


class Permanent(HiloError):
    """Trying again cannot help: park it and tell someone. The message names the remedy."""


class Fenced(Permanent):
    """Another connector owns the contact now: stop at once and write nothing more."""


class Refused(HiloError):
    """Bad input from outside: it is not taken, and the message tells its sender why."""


class Defect(HiloError):
    """An impossible state: a fault of ours. Raise the alarm."""


class Unreadable(Defect):
    """A stored item that cannot be read: it is set aside with its reason, and others go on."""


class MisconfiguredError(HiloError):
    """Settings are missing or wrong. The message names all of them at once, with the remedy."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults), reason="misconfigured")
        self.faults = faults

    @property
    def unfilled(self) -> bool:
        """Whether settings are missing and none is wrong: nobody has filled them in yet."""
        return all(f" {IS_MISSING}: " in fault for fault in self.faults)
