"""What the stand-in is told at its start, and what may be changed while it runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urldefrag, urlsplit

from infra.local.twilio.refusals import Code, RefusalError

ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One account with one WhatsApp sender.

    With a `public_base_url`, the product is known to the world by that name: URLs under it are
    signed as they stand and delivered to the origin of `webhook_url`, as a tunnel would do.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    webhook_url: str = ""
    fallback_url: str = ""
    public_base_url: str = ""
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    messaging_services: tuple[str, ...] = ()
    sandbox: bool = False
    sandbox_words: str = "join hilo-demo"
    keywords: bool = False
    sent_after_s: float = 0.15
    delivered_after_s: float = 0.25
    read_after_s: float = 0.3

    def opens_with(self, user: str, secret: str) -> bool:
        """Whether these are the account's token or one of its API keys."""
        if user == self.account_sid:
            return secret == self.auth_token
        return bool(secret) and self.api_keys.get(user) == secret

    def public(self, url: str) -> str:
        """How Twilio knows a URL of the product; this is what is signed."""
        local, public = self._local_base(), self.public_base_url.rstrip("/")
        return public + url.removeprefix(local) if public and url.startswith(local) else url

    def dialled(self, url: str) -> str:
        """Where a URL of the product really listens, without the fragment."""
        local, public = self._local_base(), self.public_base_url.rstrip("/")
        plain = urldefrag(url).url
        return local + plain.removeprefix(public) if public and plain.startswith(public) else plain

    def _local_base(self) -> str:
        parts = urlsplit(self.webhook_url)
        return f"{parts.scheme}://{parts.netloc}"


CHANGEABLE: dict[str, type | tuple[type, ...]] = {
    "auth_token": str,
    "webhook_url": str,
    "fallback_url": str,
    "public_base_url": str,
    "sandbox": bool,
    "sandbox_words": str,
    "keywords": bool,
    "sent_after_s": (int, float),
    "delivered_after_s": (int, float),
    "read_after_s": (int, float),
}


def changed(config: Config, changes: Mapping[str, object]) -> Config:
    """The configuration with these fields set; an unknown field or type is refused."""
    for name, value in changes.items():
        if name not in CHANGEABLE or not isinstance(value, CHANGEABLE[name]):
            raise RefusalError(Code.INVALID_PARAMETER, name)
    return replace(config, **changes)  # type: ignore[arg-type]  # checked against the table above


def shown(config: Config) -> dict[str, object]:
    """The configuration without its secrets."""
    hidden = {"auth_token", "api_keys"}
    return {f.name: getattr(config, f.name) for f in fields(config) if f.name not in hidden}
