"""Signing in at an OpenID issuer: the code flow with PKCE, by authlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from conversation.errors import MisconfiguredError, Refused, Transient
from functions.panel.roles import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conversation.variables import PanelSettings

PATH: Final = "/panel/signed-in"
"""Where the issuer sends people back to, below ``PUBLIC_BASE_URL``."""

_SECRET, _PUBLIC = "client_secret_basic", "none"
_TIMEOUT_S: Final = 8
_ALGORITHMS: Final = ["RS256", "ES256"]


class Issuer:
    """One OpenID issuer. ``new_secret`` makes the state, the nonce and the verifier."""

    def __init__(
        self, settings: PanelSettings, *, base_url: str, new_secret: Callable[[], str]
    ) -> None:
        self._settings = settings
        self._redirect = base_url + PATH
        self._new_secret = new_secret
        self._document: dict[str, Any] | None = None

    @property
    def configured(self) -> bool:
        """Whether people can sign in here at all."""
        return bool(self._settings.issuer and self._settings.client_id)

    def leave(self) -> tuple[str, dict[str, str]]:
        """Where to send the browser, and what must be remembered until it comes back."""
        verifier, nonce = self._new_secret(), self._new_secret()
        with self._session() as session:
            address, state = session.create_authorization_url(
                self._about()["authorization_endpoint"],
                state=self._new_secret(),
                nonce=nonce,
                code_verifier=verifier,
            )
        return address, {"state": state, "nonce": nonce, "verifier": verifier}

    def arrive(self, query: str, flow: dict[str, Any]) -> tuple[str, Role]:
        """Who came back, and with which role. Raises ``Refused`` or ``Transient``."""
        try:
            with self._session(state=flow["state"]) as session:
                token = session.fetch_token(
                    self._about()["token_endpoint"],
                    authorization_response=f"{self._redirect}?{query}",
                    code_verifier=flow["verifier"],
                    timeout=_TIMEOUT_S,
                )
        except AuthlibBaseError as error:
            raise Refused("the issuer did not let you in", reason="not_signed_in") from error
        except OSError as error:  # requests' own errors are among these
            raise Transient("the issuer gave no answer", reason="issuer_unreachable") from error
        claims = self._verified(str(token.get("id_token", "")), flow["nonce"])
        return _who(claims), self._role(claims)

    def _session(self, **more: str) -> OAuth2Session:
        settings = self._settings
        return OAuth2Session(
            settings.client_id,
            settings.client_secret,
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method=_SECRET if settings.client_secret else _PUBLIC,
            **more,
        )

    def _about(self) -> dict[str, Any]:
        if self._document is None:
            if not self.configured:
                raise MisconfiguredError(
                    ["PANEL_ISSUER and PANEL_CLIENT_ID are missing: nobody can sign in"]
                )
            self._document = self._fetched(
                f"{self._settings.issuer}/.well-known/openid-configuration"
            )
        return self._document

    def _fetched(self, address: str) -> dict[str, Any]:
        try:
            with self._session() as session:
                answer = session.get(address, withhold_token=True, timeout=_TIMEOUT_S)
            answer.raise_for_status()
            return dict(answer.json())
        except (OSError, ValueError) as error:
            raise Transient("the issuer gave no answer", reason="issuer_unreachable") from error

    def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self._fetched(self._about()["jwks_uri"]))  # type: ignore[arg-type]  # a document of theirs
        rules = JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": self._about()["issuer"]},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            read = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
            rules.validate(read.claims)
        except (JoseError, ValueError) as error:
            raise Refused("the issuer's token is not valid", reason="not_signed_in") from error
        return dict(read.claims)

    def _role(self, claims: dict[str, Any]) -> Role:
        groups = claims.get(self._settings.groups_claim) or []
        role = role_of([groups] if isinstance(groups, str) else groups)
        if role is None:
            raise Refused(
                "you are in none of the groups viewer, operator, admin", reason="not_allowed"
            )
        return role


def _who(claims: dict[str, Any]) -> str:
    return str(claims.get("email") or claims["sub"])
