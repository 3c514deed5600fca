"""Events of SQS, and what a batch response means."""

import pytest

from infra.local.gateway.queue_events import done, queue_arn, queue_event

ARN = "arn:aws:sqs:us-east-2:123456789012:outbox.fifo"


def a_message(name="m1", **more):
    return {
        "MessageId": name,
        "ReceiptHandle": f"handle of {name}",
        "Body": "a doorbell",
        "MD5OfBody": "md5",
        **more,
    }


def test_a_record_has_the_shape_that_aws_documents():
    message = a_message(
        Attributes={
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1573251510774",
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": "1",
            "SenderId": "AIDAIO23YVJENQZJOL4VO",
            "MessageDeduplicationId": "1",
            "ApproximateFirstReceiveTimestamp": "1573251510774",
        },
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "outbox"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x01"},
        },
    )

    (record,) = queue_event([message], queue_arn=ARN)["Records"]

    assert record == {
        "messageId": "m1",
        "receiptHandle": "handle of m1",
        "body": "a doorbell",
        "attributes": message["Attributes"],
        "messageAttributes": {
            "kind": {
                "stringValue": "outbox",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "raw": {
                "binaryValue": "AQ==",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfBody": "md5",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "us-east-2",
    }


def test_the_arn_of_a_queue_is_in_its_address():
    url = "http://127.0.0.1:4566/000000000000/hilo-outbox.fifo"

    assert queue_arn(url, "us-east-1") == "arn:aws:sqs:us-east-1:000000000000:hilo-outbox.fifo"


BATCH = [a_message("m1"), a_message("m2")]


@pytest.mark.parametrize(
    ("response", "finished"),
    [
        (None, ["m1", "m2"]),
        ({}, ["m1", "m2"]),
        ({"batchItemFailures": []}, ["m1", "m2"]),
        ({"batchItemFailures": None}, ["m1", "m2"]),
        ({"batchItemFailures": [{"itemIdentifier": "m2"}]}, ["m1"]),
        ({"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}, []),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, []),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, []),
        ({"batchItemFailures": [{"wrongKey": "m1"}]}, []),
        ({"batchItemFailures": [{"itemIdentifier": "another"}]}, []),
        ("nonsense", []),
    ],
)
def test_what_is_deleted_after_a_response(response, finished):
    assert [message["MessageId"] for message in done(BATCH, response)] == finished
