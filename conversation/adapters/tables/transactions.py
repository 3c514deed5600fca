"""Transactions whose refusals are read item by item, and which are repeated safely.

DynamoDB tells for each item of a cancelled transaction why (``CancellationReasons``). A condition
that failed is an answer: it is returned by the label of the item. A conflict, throttling or an
outcome that never reached us is not: the same transaction is sent again under the same
``ClientRequestToken``, which DynamoDB honours for ten minutes, so that it happens once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import DoesNotExist, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from conversation.errors import Defect, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from pynamodb.connection import Connection
    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action
    from pynamodb.models import Model

Key = tuple[str, str | None]
"""A hash key and a range key, if the table has one."""

PATIENCE_S: Final = 3.0
"""For how long a transaction is repeated before its caller is told to come back."""

_CONDITION: Final = "ConditionalCheckFailed"
_REPEATED: Final = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
)
_REPEATED_CODES: Final = frozenset(
    {
        "TransactionInProgressException",
        "TransactionConflictException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)


_SURELY_NOT_DONE: Final = frozenset({"TransactionCanceledException", "ThrottlingException"})
_FIRST_DELAY_S: Final = 0.03
_LONGEST_DELAY_S: Final = 0.5


class Pace(Protocol):
    """Time and chance, as a transaction needs them."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


REFUSED: Final = "ConditionalCheckFailedException"
"""DynamoDB's word for a condition of a single item that does not hold."""


class Transaction:
    """Up to 100 writes that happen together or not at all, each known by a label.

    ``token`` makes the whole idempotent: the same token is the same transaction.
    """

    def __init__(self, connection: Connection, token: str, *, pace: Pace, chance: Random) -> None:
        self._connection = connection
        self._token = token
        self._pace = pace
        self._chance = chance
        # PynamoDB sends checks, then deletes, puts and updates; reasons come back in that order.
        self._checks: list[tuple[str, Callable[[TransactWrite], None]]] = []
        self._puts: list[tuple[str, Callable[[TransactWrite], None]]] = []
        self._updates: list[tuple[str, Callable[[TransactWrite], None]]] = []

    def check(self, label: str, model: type[Model], key: Key, condition: Condition) -> None:
        """Let nothing happen unless ``condition`` holds for the item under ``key``."""
        self._checks.append((label, lambda tx: tx.condition_check(model, *key, condition)))

    def put(self, label: str, item: Model, condition: Condition | None = None) -> None:
        """Write the whole item."""
        self._puts.append((label, lambda tx: tx.save(item, condition)))

    def update(
        self, label: str, item: Model, actions: Sequence[Action], condition: Condition | None = None
    ) -> None:
        """Change named attributes of ``item`` (its keys are enough); it is made if absent."""
        self._updates.append((label, lambda tx: tx.update(item, list(actions), condition)))

    def commit(self) -> frozenset[str]:
        """Send it. Empty: it happened. Else the labels whose condition refused, and nothing did.

        Raises ``Transient`` where no outcome could be had within ``PATIENCE_S``, with
        ``may_have_happened`` where it may have taken effect; ``Defect`` where the request itself
        is wrong.
        """
        give_up_at = self._pace.monotonic() + PATIENCE_S
        delay_s, unknown = _FIRST_DELAY_S, False
        while True:
            try:
                self._send()
            except TransactWriteError as error:
                refused = self._refusals(error)
                if refused:
                    return refused
                unknown = unknown or code_of(error) not in _SURELY_NOT_DONE
                if self._pace.monotonic() > give_up_at:
                    raise Transient(
                        "the table did not take the transaction in time",
                        reason="table_busy",
                        may_have_happened=unknown,
                    ) from error
            else:
                return frozenset()
            self._pace.sleep(self._chance.uniform(0, delay_s))
            delay_s = min(delay_s * 2, _LONGEST_DELAY_S)

    def _send(self) -> None:
        writing = TransactWrite(connection=self._connection, client_request_token=self._token)
        for _, operation in (*self._checks, *self._puts, *self._updates):
            operation(writing)
        with writing:
            pass

    def _refusals(self, error: TransactWriteError) -> frozenset[str]:
        """The labels refused by their own condition; empty where it is to be repeated."""
        labels = [label for label, _ in (*self._checks, *self._puts, *self._updates)]
        codes = [reason.code if reason else None for reason in error.cancellation_reasons]
        refused = frozenset(
            label for label, code in zip(labels, codes, strict=False) if code == _CONDITION
        )
        if refused:
            return refused
        if any(code in _REPEATED for code in codes) or _worth_repeating(error):
            return frozenset()
        raise Defect(
            f"the table refused a transaction as wrong: {code_of(error)}",
            reason="bad_transaction",
        ) from error


def code_of(error: PynamoDBException) -> str | None:
    """DynamoDB's own word for ``error``, if it ever answered.

    PynamoDB's ``cause_response_code`` fails where the request broke off without an answer.
    """
    cause = error.cause
    return cause.response["Error"].get("Code") if isinstance(cause, ClientError) else None


@contextmanager
def reading() -> Iterator[None]:
    """Translate what PynamoDB raises while reading, or writing a single item, unconditionally."""
    try:
        yield
    except DoesNotExist:
        raise
    except PynamoDBException as error:
        if _worth_repeating(error):
            raise Transient("the table did not answer", reason="table_busy") from error
        raise Defect(
            f"the table refused a request as wrong: {code_of(error)}", reason="bad_request"
        ) from error


def updated(item: Model, actions: Sequence[Action], condition: Condition) -> bool:
    """Change named attributes of one item. ``False``: ``condition`` does not hold, nothing did."""
    with reading():
        try:
            item.update(list(actions), condition=condition)
        except UpdateError as error:
            if code_of(error) != REFUSED:
                raise
            return False
    return True


def _worth_repeating(error: PynamoDBException) -> bool:
    """Whether the same request may succeed later: throttled, broken off, or answered by a 5xx."""
    if code_of(error) in _REPEATED_CODES:
        return True
    cause = error.cause
    if isinstance(cause, ClientError):
        status = cause.__cause__.response if isinstance(cause.__cause__, ClientError) else {}
        http = status.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return http >= 500  # noqa: PLR2004 - HTTP's server errors
    return isinstance(cause, BotoCoreError)
