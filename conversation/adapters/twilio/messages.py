"""Twilio's REST API for messages, through the official client: one try, one time-out.

Nothing is repeated here: a POST that broke off may have been taken, and Twilio has no idempotency
key. What is raised says which it was. Source: twilio.com/docs/messaging/api/message-resource.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # the SDK has no types
    TwilioException,
    TwilioRestException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # as above
from twilio.rest import Client  # type: ignore[import-untyped]  # as above
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from conversation.delivery import fault_of
from conversation.errors import HiloError, Transient
from conversation.identifiers import MessageSid
from conversation.outbox import Listed, Outgoing, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from conversation.variables import TwilioAccountSettings, TwilioApiSettings

TYPING_TIMEOUT_S: Final = 2.0
MOST_LISTED: Final = 10_000
_PAGE: Final = 50
_LONG_PAGE: Final = 1000
_TOO_MANY: Final = frozenset({429, 20429})
_MAYBE_TAKEN: Final = 408
_SERVER_ERRORS: Final = 500


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The official transport, which may be turned to another host, and keeps silent.

    It has no setting for its address, and it logs each request with its numbers (law 6).
    """

    def __init__(self, base_url: str | None, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._base = urlsplit(base_url) if base_url else None

    def request(self, method: str, url: str, *args: Any, **words: Any) -> Any:  # noqa: ANN401 - the SDK's own signature
        """As the official one, at the address that we were given."""
        if self._base is not None:
            parts = urlsplit(url)
            there = (self._base.scheme, self._base.netloc, parts.path, parts.query, parts.fragment)
            url = urlunsplit(there)
        return super().request(method, url, *args, **words)

    def log_request(self, _request: object) -> None:
        """Log nothing: an address is in it."""

    def log_response(self, _status: int, _response: object) -> None:
        """Log nothing: a text is in it."""


class TwilioMessages:
    """Messages of one account and one sender. Safe to use from several threads.

    Raises ``Rejected`` where Twilio refused, and ``Transient`` otherwise: ``may_have_happened``
    tells that it may have taken the message all the same.
    """

    def __init__(self, account: TwilioAccountSettings, api: TwilioApiSettings) -> None:
        self._sender = account.sender
        self._client = _client(account, api.api_url, api.timeout_s)
        self._quick = _client(account, api.api_url, TYPING_TIMEOUT_S)

    def send(self, message: Outgoing) -> MessageSid:
        """POST ``message`` once. Returns Twilio's name for it."""
        said = {"body": message.body}
        if message.content_sid is not None:
            said = {"content_sid": message.content_sid}
            if message.content_variables is not None:
                said["content_variables"] = message.content_variables
        with _translated():
            taken = self._client.messages.create(
                to=message.to, from_=self._sender, status_callback=message.status_callback, **said
            )
            if not taken.sid:
                raise ValueError("a message without a sid")
            return MessageSid(taken.sid)

    def sent_to(self, address: str, since: datetime) -> list[Listed]:
        """What went to ``address``, from ``since`` on; the newest first."""
        with _translated():
            found = self._client.messages.stream(
                to=address, from_=self._sender, page_size=_PAGE, limit=MOST_LISTED
            )
            return list(_until(found, since))

    def sent(self, since: datetime) -> list[Listed]:
        """What went to anyone, from ``since`` on; the newest first."""
        with _translated():
            found = self._client.messages.stream(
                from_=self._sender, page_size=_LONG_PAGE, limit=MOST_LISTED
            )
            return list(_until(found, since))

    def received(self, since: datetime) -> list[Listed]:
        """What people wrote to us, from ``since`` on; the newest first."""
        with _translated():
            found = self._client.messages.stream(
                to=self._sender, page_size=_LONG_PAGE, limit=MOST_LISTED
            )
            return [listed for listed in _until(found, since) if listed.inbound]

    def show_typing(self, sid: MessageSid) -> None:
        """Show the writer of the inbound message ``sid`` that an answer is being written."""
        with _translated():
            self._quick.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        for client in (self._client, self._quick):
            client.http_client.session.close()


def _client(account: TwilioAccountSettings, base_url: str | None, timeout_s: float) -> Any:  # noqa: ANN401 - the SDK has no types
    transport = RedirectedHttpClient(base_url, timeout_s)
    return Client(account.account_sid, account.auth_token, http_client=transport)


def _until(found: Iterator[Any], since: datetime) -> Iterator[Listed]:
    """The list is the newest first: whoever reads on below ``since`` reads years."""
    for each in found:
        if each.date_created is not None:
            if each.date_created < since:
                return
            yield _listed(each)


def _listed(each: Any) -> Listed:  # noqa: ANN401 - the SDK has no types
    return Listed(
        sid=MessageSid(str(each.sid)),
        inbound=str(each.direction) == "inbound",
        from_=each.from_ or "",
        to=each.to or "",
        body=each.body or "",
        status=str(each.status),
        error_code=int(each.error_code) if each.error_code else None,
        media=int(each.num_media or 0),
        created_at=each.date_created,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        raise _refusal(error) from error
    except RequestException as error:
        raise _broken(error) from error
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise Transient(
            "Twilio's answer makes no sense", reason="twilio_unreadable", may_have_happened=True
        ) from error


def _refusal(error: TwilioRestException) -> HiloError:
    """Never with Twilio's own words: they quote what was sent."""
    status, code = int(error.status), error.code
    if status in _TOO_MANY or code in _TOO_MANY:
        return Transient("Twilio has too many requests", reason="twilio_busy")
    if status >= _SERVER_ERRORS or status == _MAYBE_TAKEN:
        return Transient(f"Twilio answered {status}", reason="twilio_fault", may_have_happened=True)
    known = int(code) if code and int(code) != status else None
    return Rejected(f"Twilio answered {status}", reason=fault_of(known).reason, code=known)


def _broken(error: RequestException) -> Transient:
    """Whether the request can have reached Twilio: it cannot where there was no connection."""
    return Transient(
        "Twilio gave no answer", reason="twilio_unreachable", may_have_happened=not _unsent(error)
    )


def _unsent(error: RequestException) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    refused = isinstance(reason, NewConnectionError | ConnectTimeoutError)
    return isinstance(error, RequestsConnectionError) and refused
