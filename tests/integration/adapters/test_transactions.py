"""The transaction against moto's DynamoDB, and its reading of refusals against a fake."""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError

from conversation.adapters.tables.transactions import Transaction
from conversation.errors import Defect, Transient


def a_transaction(tables, pace, chance, token="token-1"):
    return Transaction(tables.connection, token, pace=pace, chance=chance)


def a_put_of(tables, pace, chance, message_sid, token="token-1"):
    transaction = a_transaction(tables, pace, chance, token)
    item = tables.known_ids(id=message_sid)
    transaction.put("sid", item, tables.known_ids.id.does_not_exist())
    return transaction


def test_all_writes_happen_together(tables, pace, chance):
    transaction = a_put_of(tables, pace, chance, "SM1")
    transaction.update("state", tables.state(contact_id="C"), [tables.state.status.set("active")])

    refused = transaction.commit()

    assert refused == frozenset()
    assert tables.known_ids.get("SM1").id == "SM1"
    assert tables.state.get("C").status == "active"


def test_a_refused_condition_is_told_by_its_label_and_nothing_happens(tables, pace, chance):
    a_put_of(tables, pace, chance, "SM1").commit()
    again = a_put_of(tables, pace, chance, "SM1", token="token-2")
    again.update("state", tables.state(contact_id="C"), [tables.state.status.set("active")])

    refused = again.commit()

    assert refused == {"sid"}
    with pytest.raises(tables.state.DoesNotExist):
        tables.state.get("C")


def test_a_check_refuses_like_a_write(tables, pace, chance):
    transaction = a_put_of(tables, pace, chance, "SM1")
    transaction.check("epoch", tables.state, ("C", None), tables.state.epoch == 3)

    assert transaction.commit() == {"epoch"}


class Failing:
    """A connection that refuses a number of times before it takes the transaction."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.tokens = []

    def transact_write_items(self, **request):
        self.tokens.append(request["client_request_token"])
        if self.errors:
            raise TransactWriteError("refused", self.errors.pop(0))
        return {}


def cancelled(*codes):
    error = {"Error": {"Code": "TransactionCanceledException", "Message": ""}}
    reasons = [CancellationReason(code=code) if code else None for code in codes]
    return VerboseClientError(error, "TransactWriteItems", cancellation_reasons=reasons)


def refused_as(code):
    return VerboseClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems")


LOST = ReadTimeoutError(endpoint_url="http://127.0.0.1")


def commit(connection, pace, chance):
    return Transaction(connection, "token-1", pace=pace, chance=chance).commit()


@pytest.mark.parametrize(
    "fault",
    [cancelled("TransactionConflict"), cancelled("ThrottlingError"), LOST,
     refused_as("ThrottlingException"), refused_as("TransactionInProgressException")],
    ids=["conflict", "throttled item", "lost answer", "throttled", "in progress"],
)  # fmt: skip
def test_what_may_pass_is_sent_again_under_the_same_token(fault, pace, chance):
    connection = Failing(fault, fault)

    assert commit(connection, pace, chance) == frozenset()
    assert connection.tokens == ["token-1"] * 3


def test_a_conflict_that_does_not_end_is_told_as_surely_not_done(pace, chance):
    connection = Failing(*[cancelled("TransactionConflict")] * 500)

    with pytest.raises(Transient) as told:
        commit(connection, pace, chance)

    assert not told.value.may_have_happened
    assert pace.now < 4


def test_an_answer_that_never_comes_is_told_as_perhaps_done(pace, chance):
    connection = Failing(LOST, *[cancelled("TransactionConflict")] * 500)

    with pytest.raises(Transient) as told:
        commit(connection, pace, chance)

    assert told.value.may_have_happened


def test_a_request_that_is_wrong_in_itself_is_a_defect(pace, chance):
    with pytest.raises(Defect, match="ValidationException"):
        commit(Failing(refused_as("ValidationException")), pace, chance)
