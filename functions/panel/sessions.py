"""Signed tokens: the session in its cookie, a sign-in under way, and one-time links."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from conversation.errors import Refused
from functions.panel.roles import Role, Visitor

if TYPE_CHECKING:
    from datetime import datetime

LINK_S: Final = 600
"""How long a one-time link may wait to be used."""

FLOW_S: Final = 600
"""How long one may take at the issuer's page."""

_ALGORITHM: Final = "HS256"
_SESSION, _FLOW, _LINK = "session", "flow", "link"


def session_key(pepper: str) -> str:
    """The key of session cookies: derived, so that a deployment needs no further secret."""
    return hmac.new(pepper.encode(), b"hilo panel sessions", hashlib.sha256).hexdigest()


def ticket(link_key: str, who: str, role: Role, now: datetime) -> str:
    """What a one-time link carries. It is for a person whom the caller knows."""
    claims = {"sub": who, "role": role.value, "jti": secrets.token_hex(16)}
    return _signed(link_key, _LINK, claims, now, LINK_S)


class Sessions:
    """Issues and reads tokens. Raises ``Refused`` (``not_signed_in``) for what is not ours."""

    def __init__(self, key: str, *, hours: int, link_key: str | None) -> None:
        self._key = key
        self._link_key = link_key
        self.lasts_s = hours * 3600

    def begin(self, who: str, role: Role, now: datetime) -> str:
        """The cookie of a person who has just signed in."""
        claims = {"sub": who, "role": role.value, "csrf": secrets.token_urlsafe(24)}
        return _signed(self._key, _SESSION, claims, now, self.lasts_s)

    def visitor(self, cookie: str, now: datetime) -> Visitor:
        """Who brings this cookie."""
        claims = _read(self._key, _SESSION, cookie, now)
        return Visitor(str(claims["sub"]), Role(claims["role"]), str(claims["csrf"]))

    def begin_flow(self, claims: dict[str, str], now: datetime) -> str:
        """The cookie of a sign-in under way."""
        return _signed(self._key, _FLOW, dict(claims), now, FLOW_S)

    def flow(self, cookie: str, now: datetime) -> dict[str, Any]:
        """What ``begin_flow`` was given."""
        return _read(self._key, _FLOW, cookie, now)

    def opened(self, link: str, now: datetime) -> tuple[str, Role, str]:
        """Whom a one-time link is for, their role, and the name under which it is used up."""
        if not self._link_key:
            raise Refused("there are no links here: sign in", reason="not_signed_in")
        claims = _read(self._link_key, _LINK, link, now)
        return str(claims["sub"]), Role(claims["role"]), str(claims["jti"])


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def _signed(key: str, purpose: str, claims: dict[str, Any], now: datetime, lasts_s: int) -> str:
    expires = int(now.timestamp()) + lasts_s
    header = {"alg": _ALGORITHM, "typ": purpose}
    return jwt.encode(header, {**claims, "exp": expires}, OctKey.import_key(key))


def _read(key: str, purpose: str, token: str, now: datetime) -> dict[str, Any]:
    try:
        read = jwt.decode(token, OctKey.import_key(key), algorithms=[_ALGORITHM])
        ours = read.header.get("typ") == purpose and read.claims["exp"] > now.timestamp()
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused("sign in first", reason="not_signed_in") from error
    if not ours:
        raise Refused("sign in again", reason="not_signed_in")
    return dict(read.claims)
