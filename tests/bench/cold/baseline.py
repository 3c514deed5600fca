"""The same two calls to AWS with nothing but botocore: what no webhook can be faster than."""

import json
import os
import sys

import botocore.session
from botocore.config import Config

event = json.load(sys.stdin)
region, endpoint = os.environ["AWS_REGION"], os.environ["AWS_ENDPOINT_URL"]
now = "2026-11-23T12:00:00.000000+0000"
contact, key = {"S": "A" * 26}, {"S": "0" * 26}

session = botocore.session.get_session()
config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
dynamodb = session.create_client(
    "dynamodb", region_name=region, endpoint_url=endpoint, config=config
)
sqs = session.create_client("sqs", region_name=region, endpoint_url=endpoint, config=config)

message = {
    "contact_id": contact,
    "message_key": key,
    "conversation_id": contact,
    "direction": {"S": "inbound"},
    "kind": {"S": "message"},
    "content": {"S": "hola"},
    "state": {"S": "NEW"},
    "sent_at": {"S": now},
    "twilio_message_id": {"S": "SM" + "0" * 32},
    "pending": {"S": "in#0"},
    "pending_since": {"S": now},
}
known = {"id": {"S": "SM" + "0" * 32}, "contact_id": contact, "message_key": key, "at": {"S": now}}
changes = (
    "SET #0 = :0, #1 = if_not_exists(#1, :1), #2 = :1, #3 = :1, #4 = :2, #5 = :3, "
    "#6 = if_not_exists(#6, :3), #7 = :4 ADD #8 :5"
)
names = (
    "address", "started_at", "last_inbound_at", "last_message_at", "phone_number",
    "profile_name", "client_name", "status", "message_count",
)  # fmt: skip
values = ({"S": "a"}, {"S": now}, {"S": "+1"}, {"S": "Ana"}, {"S": "active"}, {"N": "1"})
dynamodb.transact_write_items(
    ClientRequestToken="0" * 26,
    TransactItems=[
        {
            "Put": {
                "TableName": "hilo-known_ids",
                "Item": known,
                "ConditionExpression": "attribute_not_exists(#0)",
                "ExpressionAttributeNames": {"#0": "id"},
            }
        },
        {
            "Put": {
                "TableName": "hilo-conversation_messages",
                "Item": message,
                "ConditionExpression": "attribute_not_exists(#0)",
                "ExpressionAttributeNames": {"#0": "message_key"},
            }
        },
        {
            "Update": {
                "TableName": "hilo-conversation_state",
                "Key": {"contact_id": contact},
                "UpdateExpression": changes,
                "ExpressionAttributeNames": {f"#{n}": name for n, name in enumerate(names)},
                "ExpressionAttributeValues": {f":{n}": value for n, value in enumerate(values)},
            }
        },
    ],
)
sqs.send_message(
    QueueUrl=os.environ["INBOX_QUEUE_URLS"].split(",")[0],
    MessageBody=json.dumps({"v": 1, "kind": "inbox", "contact": "A" * 26, "key": "0" * 26}),
)
sys.stdout.write("200\n")
sys.stdout.flush()
