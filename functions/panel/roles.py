"""Who may do what: three roles, each with the rights of the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Role(StrEnum):
    """A group at the issuer, by the same name."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """What a role may allow."""

    LOOK = "look"
    REVEAL = "reveal"
    """See a number whole."""
    ACT = "act"
    AUDIT = "audit"
    """Read what others did."""


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.VIEWER: frozenset({Right.LOOK}),
    Role.OPERATOR: frozenset({Right.LOOK, Right.REVEAL, Right.ACT}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in. ``csrf`` is what every form must bring back."""

    who: str
    role: Role
    csrf: str

    def may(self, right: Right) -> bool:
        """Whether the visitor's role allows it."""
        return right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Raises ``Refused`` (reason ``not_allowed``) where the role does not allow it."""
        if not self.may(right):
            raise Refused(f"the role {self.role} may not {right}", reason="not_allowed")


def role_of(groups: Iterable[str]) -> Role | None:
    """The strongest role among a person's groups; ``None`` where there is none of ours."""
    mine = {role for role in Role if role.value in set(groups)}
    return max(mine, key=list(Role).index, default=None)
