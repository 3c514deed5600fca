"""What the table holds against what the phone shows."""

import pytest

from conversation.messages import Kind, OutboundState
from infra.local.flow.account import differences
from infra.local.flow.ports import Side
from tests.unit.infra.local.flow.world import a_bubble, a_message, an_inbound

OPENER, QUESTION, ANSWER = a_message("1", kind=Kind.OPENER), an_inbound("2"), a_message("2~001")
TABLE = [OPENER, QUESTION, ANSWER]
PHONE = [a_bubble(message) for message in TABLE]


def told(table=TABLE, phone=PHONE, *, ordered=True, receipts=True):
    return differences(table, phone, ordered=ordered, receipts=receipts)


def test_the_same_on_both_sides_is_well():
    assert told() == []


def test_what_was_skipped_on_purpose_is_in_the_table_alone():
    skipped = a_message("2~000", state=OutboundState.SKIPPED, twilio_message_id=None)

    assert told([*TABLE, skipped]) == []


@pytest.mark.parametrize(
    ("table", "phone", "difference"),
    [
        (TABLE[:2], PHONE, "SM2~001 is not in the table"),
        (TABLE, PHONE[:2], "SM2~001 is not on the phone"),
        (TABLE, [*PHONE, PHONE[2]], "SM2~001 is 2 times on the phone"),
        ([*TABLE, a_message("3", twilio_message_id="SM2~001", content="text of 2~001")], PHONE,
         "SM2~001 is 2 times in the table"),
        (TABLE, [*PHONE[:2], a_bubble(ANSWER, text="otherwise")],
         "SM2~001 reads otherwise on the phone"),
        (TABLE, [*PHONE[:2], a_bubble(ANSWER, side=Side.PERSON)],
         "SM2~001 is the person's on the phone"),
        ([*TABLE[:2], a_message("2~001", state=OutboundState.SENT)], PHONE,
         "reply SM2~001 is SENT in the table"),
    ],
)  # fmt: skip
def test_each_difference_is_named(table, phone, difference):
    assert told(table, phone) == [difference]


def test_what_has_no_sid_was_never_sent():
    unsent = a_message("3", state=OutboundState.PENDING, twilio_message_id=None)

    assert told([*TABLE, unsent]) == ["reply 3 is PENDING in the table", "reply 3 has no sid"]


def test_the_order_counts_where_it_is_shown():
    swapped = [PHONE[0], PHONE[2], PHONE[1]]

    assert told(phone=swapped) == [
        "the order is SM1, SM2, SM2~001 in the table and SM1, SM2~001, SM2 on the phone"
    ]
    assert told(phone=swapped, ordered=False) == []


def test_sent_must_do_where_nobody_tells_of_delivery():
    sent = [*TABLE[:2], a_message("2~001", state=OutboundState.SENT)]

    assert told(sent, receipts=False) == []
