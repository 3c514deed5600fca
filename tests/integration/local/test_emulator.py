"""The local AWS with the tables and queues of infra/aws/state.yaml."""

import boto3
import pytest

from conversation.errors import Permanent
from infra.local.cloudformation import TEMPLATE, deploy
from infra.local.emulator import CREDENTIALS, REGION, emulator
from infra.local.processes import Supervisor
from infra.local.settings import base_environment
from tests.aws import template

TABLES = {
    resource["Properties"]["TableName"]
    for resource in template()["Resources"].values()
    if resource["Type"] == "AWS::DynamoDB::Table"
}
ITEM = {"contact_id": {"S": "someone"}, "message_count": {"N": "3"}}


@pytest.fixture
def aws(emulator_home, tmp_path):
    """Starts the local AWS, as often as wished, on the same data; gives its address."""
    running = []

    def start():
        while running:
            running.pop().stop()
        supervisor = Supervisor(logs=tmp_path / "logs").__enter__()
        running.append(supervisor)
        return supervisor.start(
            emulator(home=emulator_home, data=tmp_path / "aws", environment=base_environment({}))
        )

    yield start
    while running:
        running.pop().stop()


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def test_tables_and_queues_come_from_the_deployed_template(aws):
    endpoint = aws()

    outputs = deploy(endpoint, prefix="hilo")

    assert set(client("dynamodb", endpoint).list_tables()["TableNames"]) == TABLES
    assert outputs["OutboxQueueUrl"] == f"{endpoint}/000000000000/hilo-outbox.fifo"
    assert outputs["InboxQueueUrls"].split(",") == [
        f"{endpoint}/000000000000/hilo-inbox-{n}" for n in range(4)
    ]


def test_data_survives_a_restart_on_another_port(aws):
    first = aws()
    queue = deploy(first, prefix="hilo")["OutboxQueueUrl"]
    client("dynamodb", first).put_item(TableName="hilo-conversation_state", Item=ITEM)
    client("sqs", first).send_message(
        QueueUrl=queue, MessageBody="ring", MessageGroupId="g", MessageDeduplicationId="1"
    )

    second = aws()
    queue = deploy(second, prefix="hilo")["OutboxQueueUrl"]

    assert second != first
    assert queue.startswith(second)
    found = client("dynamodb", second).get_item(
        TableName="hilo-conversation_state", Key={"contact_id": ITEM["contact_id"]}
    )
    assert found["Item"] == ITEM
    (message,) = client("sqs", second).receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "ring"


def test_a_changed_template_changes_the_stack_and_keeps_the_data(aws, tmp_path):
    endpoint = aws()
    queue = deploy(endpoint, prefix="hilo")["InboxQueue0Url"]
    client("dynamodb", endpoint).put_item(TableName="hilo-conversation_state", Item=ITEM)
    changed = tmp_path / "state.yaml"
    changed.write_text(
        TEMPLATE.read_text().replace("VisibilityTimeout: 30", "VisibilityTimeout: 31")
    )

    deploy(endpoint, prefix="hilo", template=changed)

    attributes = client("sqs", endpoint).get_queue_attributes(
        QueueUrl=queue, AttributeNames=["VisibilityTimeout"]
    )
    assert attributes["Attributes"] == {"VisibilityTimeout": "31"}
    assert (
        client("dynamodb", endpoint).get_item(
            TableName="hilo-conversation_state", Key={"contact_id": ITEM["contact_id"]}
        )["Item"]
        == ITEM
    )


def test_two_prefixes_live_side_by_side(aws):
    endpoint = aws()

    deploy(endpoint, prefix="hilo")
    deploy(endpoint, prefix="other")

    names = client("dynamodb", endpoint).list_tables()["TableNames"]
    assert {name.split("-")[0] for name in names} == {"hilo", "other"}


def test_a_template_that_cannot_be_made_is_told(aws, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("Resources: {Thing: {Type: 'AWS::No::Such'}}")

    with pytest.raises(Permanent):
        deploy(aws(), prefix="hilo", template=broken)


def test_a_missing_emulator_is_told_with_the_remedy(tmp_path):
    with pytest.raises(Permanent, match="`make up` installs it"):
        emulator(home=tmp_path, data=tmp_path, environment={})
