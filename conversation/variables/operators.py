"""The operators' panel."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import optional, optional_url, whole
from conversation.settings import setting


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Who may see the operators' panel."""

    issuer: str | None = setting(
        "PANEL_ISSUER",
        "the OpenID issuer that people sign in at, such as the stack's Cognito user pool",
        optional_url,
        default="",
    )
    client_id: str = setting(
        "PANEL_CLIENT_ID", "the panel's client at the issuer (output PanelClientId)", default=""
    )
    client_secret: str | None = setting(
        "PANEL_CLIENT_SECRET",
        "that client's secret; none for a public client, which PKCE protects",
        optional,
        default="",
        secret=True,
    )
    groups_claim: str = setting(
        "PANEL_GROUPS_CLAIM",
        "the claim of the ID token that lists a person's groups: viewer, operator or admin",
        default="cognito:groups",
    )
    session_h: int = setting(
        "PANEL_SESSION_H", "after how many hours one signs in again", whole(1, 168), default="10"
    )
    link_key: str | None = setting(
        "PANEL_LINK_KEY",
        "the key of the one-time links that `hilo panel` prints; without it there are none",
        optional,
        default="",
        secret=True,
    )
