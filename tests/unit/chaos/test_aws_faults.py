import json
import random

from tests.chaos.aws_faults import AwsChaos, Call

STATE = {"contact_id": {"S": "A" * 26}, "message_key": {"S": "01"}}


def chaos(**faults):
    return AwsChaos(random.Random(1), faults=faults)


def a_write():
    item = {"Update": {"TableName": "hilo-conversation_messages", "Key": STATE}}
    return Call("dynamodb", "TransactWriteItems", {"TransactItems": [item, item]})


def a_bell(**words):
    return Call("sqs", "SendMessage", {"QueueUrl": "http://x/0/hilo-inbox-1"} | words)


def an_index_query():
    return Call("dynamodb", "Query", {"TableName": "hilo-conversation_messages", "IndexName": "p"})


def test_nothing_strikes_where_nothing_is_switched_on():
    quiet = chaos()

    assert quiet.before(a_write()) is None
    assert quiet.copies(a_bell()) == [a_bell().document]
    assert not quiet.loses_answer(a_write())


def test_a_transaction_that_conflicts_tells_a_reason_for_each_of_its_items():
    answer = chaos(conflict=1.0).before(a_write())

    codes = [reason["Code"] for reason in answer.document["CancellationReasons"]]
    assert answer.status == 400
    assert codes == ["TransactionConflict", "None"]


def test_a_read_never_conflicts():
    assert chaos(conflict=1.0).before(an_index_query()) is None


def test_waiting_for_doorbells_is_left_alone():
    receive = Call("sqs", "ReceiveMessage", {})

    assert chaos(throttle=1.0).before(receive) is None
    assert not chaos(lost_ack=1.0).loses_answer(receive)


def test_a_doubled_doorbell_of_a_fifo_queue_is_not_swallowed_as_a_repetition():
    bell = a_bell(MessageGroupId="A", MessageDeduplicationId="1")

    one, other = chaos(bell_twice=1.0).copies(bell)

    assert one["MessageDeduplicationId"] != other["MessageDeduplicationId"]


def test_a_late_doorbell_is_delayed_by_the_queue_itself():
    (late,) = chaos(bell_late=1.0).copies(a_bell())

    assert 1 <= late["DelaySeconds"] <= 3


def test_a_lost_doorbell_is_acknowledged_all_the_same():
    answer = chaos(bell_lost=1.0).before(a_bell(MessageBody="{}"))

    assert answer.status == 200
    assert answer.document["MessageId"]


def test_a_lagging_index_hides_what_was_just_written_and_nothing_else():
    lagging = chaos(index_lag_s=500.0)
    lagging.noted(a_write())
    old = {"contact_id": {"S": "B" * 26}, "message_key": {"S": "02"}}
    body = json.dumps({"Items": [STATE, old], "Count": 2}).encode()

    shown = json.loads(lagging.lagging(an_index_query(), body))

    assert shown == {"Items": [old], "Count": 1}


def test_a_query_of_the_table_itself_hides_nothing():
    lagging = chaos(index_lag_s=500.0)
    lagging.noted(a_write())
    body = json.dumps({"Items": [STATE], "Count": 1}).encode()

    assert lagging.lagging(Call("dynamodb", "Query", {"TableName": "x"}), body) == body
