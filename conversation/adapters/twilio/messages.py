"""Twilio's REST API for messages, through the official client: one try, one time-out.

Nothing is repeated here: a POST that broke off may have been taken, and Twilio has no idempotency
key. What is raised says which it was. Source: twilio.com/docs/messaging/api/message-resource.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar
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

from conversation.adapters.twilio.credentials import Credentials, UnauthorisedError
from conversation.delivery import fault_of
from conversation.errors import Defect, HiloError, Transient
from conversation.identifiers import MessageSid
from conversation.outbox import MOST_LISTED, Listed, Outgoing, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from conversation.variables import TwilioAccountSettings, TwilioApiSettings

T = TypeVar("T")

TYPING_TIMEOUT_S: Final = 2.0
_PAGE: Final = 50
_LONG_PAGE: Final = 1000
_TOO_MANY: Final = frozenset({429, 20429})
_MAYBE_TAKEN: Final = 408
_SERVER_ERRORS: Final = 500
_UNAUTHORISED: Final = 401
_CODES: Final = {401: 20003, 403: 20403}
"""Where Twilio gives no code of its own: it is the account that is refused, not the message."""


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
    tells that it may have taken the message all the same. A token that is refused is replaced by
    another that is known, and then by what ``renew`` reads, before Twilio's refusal counts.
    """

    def __init__(
        self,
        account: TwilioAccountSettings,
        api: TwilioApiSettings,
        renew: Callable[[], TwilioAccountSettings] | None = None,
    ) -> None:
        self._sender = account.sender
        self._credentials = Credentials(account, renew)
        self._client = _Clients(account.account_sid, api.api_url, api.timeout_s)
        self._quick = _Clients(account.account_sid, api.api_url, TYPING_TIMEOUT_S)

    def send(self, message: Outgoing) -> MessageSid:
        """POST ``message`` once. Returns Twilio's name for it."""
        said = {"body": message.body}
        if message.content_sid is not None:
            said = {"content_sid": message.content_sid}
            if message.content_variables is not None:
                said["content_variables"] = message.content_variables

        def post(client: Any) -> MessageSid:  # noqa: ANN401 - the SDK has no types
            taken = client.messages.create(
                to=message.to, from_=self._sender, status_callback=message.status_callback, **said
            )
            if not taken.sid:
                raise ValueError("a message without a sid")
            return MessageSid(taken.sid)

        return self._asked(self._client, post)

    def sent_to(self, address: str, since: datetime) -> list[Listed]:
        """What went to ``address``, from ``since`` on; the newest first."""
        return self._listed(since, to=address, from_=self._sender, page_size=_PAGE)

    def sent(self, since: datetime) -> list[Listed]:
        """What went to anyone, from ``since`` on; the newest first."""
        return self._listed(since, from_=self._sender, page_size=_LONG_PAGE)

    def received(self, since: datetime) -> list[Listed]:
        """What people wrote to us, from ``since`` on; the newest first."""
        found = self._listed(since, to=self._sender, page_size=_LONG_PAGE)
        return [listed for listed in found if listed.inbound]

    def show_typing(self, sid: MessageSid) -> None:
        """Show the writer of the inbound message ``sid`` that an answer is being written."""
        self._asked(
            self._quick,
            lambda client: client.messaging.v2.typing_indicator.create(
                channel="whatsapp", message_id=sid
            ),
        )

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        for clients in (self._client, self._quick):
            clients.close()

    def _listed(self, since: datetime, **asked: Any) -> list[Listed]:  # noqa: ANN401 - the SDK's own words
        return self._asked(
            self._client,
            lambda client: list(_until(client.messages.stream(limit=MOST_LISTED, **asked), since)),
        )

    def _asked(self, clients: _Clients, ask: Callable[[Any], T]) -> T:
        refused: UnauthorisedError | None = None
        for token in self._credentials.tokens():
            try:
                with _translated():
                    answer = ask(clients.of(token))
            except UnauthorisedError as error:
                refused = error
            else:
                self._credentials.taken(token)
                return answer
        raise refused or Defect("there is no token", reason="no_token")


class _Clients:
    """The official client, one a token, over one transport."""

    def __init__(self, account_sid: str, base_url: str | None, timeout_s: float) -> None:
        self._account_sid = account_sid
        self._transport = RedirectedHttpClient(base_url, timeout_s)
        self._made: dict[str, Any] = {}

    def of(self, token: str) -> Any:  # noqa: ANN401 - the SDK has no types
        """The client that authorises itself with ``token``."""
        if token not in self._made:
            self._made[token] = Client(self._account_sid, token, http_client=self._transport)
        return self._made[token]

    def close(self) -> None:
        """Close its connections."""
        self._transport.session.close()


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
    known = int(code) if code and int(code) != status else _CODES.get(status)
    kind = UnauthorisedError if status == _UNAUTHORISED else Rejected
    return kind(f"Twilio answered {status}", reason=fault_of(known).reason, code=known)


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
