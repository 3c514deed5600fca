"""What a month costs, from counts and prices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conversation.metrics import METRICS
from infra.cli.__main__ import application
from infra.cost import prices, usage
from infra.cost.bill import DAYS, IDLE_GOAL_USD, SHARE_GOAL, Workload, bill, total
from infra.cost.proxy import asking_for_capacity, units
from infra.cost.standing import standing
from infra.cost.usage import Counts, Usage

ROOT = Path(__file__).parents[4]


def a_workload(**known):
    given = {"conversations_a_day": 1000, "messages": 5, "call_minutes": 2, "market": "colombia"}
    return Workload(**(given | known))


def the_bill(**known):
    return bill(usage.load(), standing(ROOT), prices.load(), a_workload(**known))


def test_an_idle_month_is_within_the_goal():
    assert the_bill(conversations_a_day=0).ours_usd <= IDLE_GOAL_USD


@pytest.mark.parametrize("market", sorted(prices.load().markets))
def test_at_a_thousand_conversations_a_day_aws_is_a_twentieth_of_the_rest(market):
    month = the_bill(market=market)

    assert month.share is not None
    assert month.share <= SHARE_GOAL


def test_what_is_idle_does_not_grow_with_the_work():
    assert the_bill().idle_usd == the_bill(conversations_a_day=5000).idle_usd


def test_what_is_busy_grows_in_step_with_the_work():
    once, twice = the_bill(), the_bill(conversations_a_day=2000)

    assert total(twice.busy) == pytest.approx(2 * total(once.busy))
    assert twice.providers_usd == pytest.approx(2 * once.providers_usd)


def test_the_providers_are_billed_by_the_message_and_the_minute():
    lines = {line.name: line for line in the_bill(conversations_a_day=1).providers}

    assert lines["ElevenLabs: calls"].usd == pytest.approx(DAYS * 2 * 0.08)
    assert lines["ElevenLabs: text"].usd == pytest.approx(DAYS * 5 * 0.003)
    assert lines["Twilio"].usd == pytest.approx(DAYS * 11 * 0.005)
    assert lines["Meta: openers"].usd == pytest.approx(DAYS * 0.0008)
    assert lines["Meta: answers"].usd == pytest.approx(DAYS * 5 * 0.0008)


def test_every_line_of_the_idle_month_is_there():
    names = {line.name for line in the_bill().idle}

    assert names == {
        "connector: Fargate", "connector: public address", "connector: its image",
        "connector: leases, logs", "empty receives: shards", "empty receives: outbox",
        "schedules", "alarms", "custom metrics", "dashboard", "secrets",
    }  # fmt: skip


def test_what_stands_is_counted_in_the_files_that_are_deployed():
    there = standing(ROOT)

    assert there.shards == 4
    assert there.secrets == 2
    assert there.schedules == 3
    assert there.custom_metrics > len(METRICS)
    assert there.alarm_metrics >= 20
    assert 0.25 <= there.vcpus <= 1


def test_an_alarm_over_several_metrics_costs_several(tmp_path):
    files = {
        "template.yaml": "Resources: {}",
        "infra/aws/state.yaml": "Resources: {}",
        "infra/aws/connector.yaml": (
            "Parameters: {Cpu: {Default: 512}, Memory: {Default: 1024}}\nResources: {}"
        ),
        "infra/aws/alarms.yaml": """
Resources:
  One: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: !Sub "${A}"}}
  Sum:
    Type: AWS::CloudWatch::Alarm
    Properties: {Metrics: [{Expression: a+b}, {MetricStat: {}}, {MetricStat: {}}]}
""",
        "infra/aws/dashboard.yaml": "Resources: {}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    there = standing(tmp_path)

    assert there.alarm_metrics == 3
    assert (there.vcpus, there.memory_gb) == (0.5, 1.0)


def test_every_price_says_where_it_comes_from_and_how_well_it_is_known():
    listed = prices.load()

    for price in listed.listed.values():
        assert price.source.startswith("https://")
        assert price.usd > 0
    assert listed.uncertain
    assert len(listed.date) == 10


def test_all_that_was_counted_has_a_price():
    counts, listed = usage.load(), prices.load().listed

    for used in (counts.conversation, counts.exchange, counts.connector_second, counts.tick):
        assert set(used.amounts) <= set(listed)


def test_counts_are_kept_and_read_again(tmp_path):
    counts = Counts(
        date="2026-01-01",
        conversation=Usage({"sqs_fifo": 2, "sqs_standard": 0}),
        exchange=Usage({"dynamodb_write": 12.345678}),
        connector_second=Usage(),
        tick=Usage({"lambda_request": 2}),
    )

    usage.keep(counts, tmp_path / "counts.json")

    read = usage.load(tmp_path / "counts.json")
    assert read.conversation == Usage({"sqs_fifo": 2.0})
    assert read.exchange == Usage({"dynamodb_write": 12.35})


def test_usage_adds_up_and_never_falls_below_nothing():
    first, second = Usage({"a": 1, "b": 2}), Usage({"b": 3, "c": 4})

    assert (first + second).amounts == {"a": 1, "b": 5, "c": 4}
    assert first.less(second).amounts == {"a": 1, "b": 0}
    assert first.times(2).amounts == {"a": 2, "b": 4}


CALLS = [
    (
        "DynamoDB_20120810.TransactWriteItems",
        {},
        {"ConsumedCapacity": [{"CapacityUnits": 4.0}, {"CapacityUnits": 2.0}]},
        {"dynamodb_write": 6.0},
    ),
    (
        "DynamoDB_20120810.Query",
        {},
        {"ConsumedCapacity": {"CapacityUnits": 0.5}},
        {"dynamodb_read": 0.5},
    ),
    ("AmazonSQS.SendMessage", {"QueueUrl": "http://q/outbox.fifo"}, {}, {"sqs_fifo": 1.0}),
    ("AmazonSQS.ReceiveMessage", {"QueueUrl": "http://q/inbox-0"}, {}, {"sqs_standard": 1.0}),
    ("secretsmanager.GetSecretValue", {}, {}, {}),
]


@pytest.mark.parametrize(("target", "asked", "answer", "billed"), CALLS, ids=[c[0] for c in CALLS])
def test_a_call_is_counted_as_it_is_billed(target, asked, answer, billed):
    assert units(target, asked, answer) == billed


def test_dynamodb_is_asked_what_a_call_took():
    write = asking_for_capacity("DynamoDB_20120810.PutItem", {"TableName": "t"})
    control = asking_for_capacity("DynamoDB_20120810.DescribeTable", {"TableName": "t"})

    assert write["ReturnConsumedCapacity"] == "TOTAL"
    assert control == {"TableName": "t"}


def run(*arguments):
    done = CliRunner().invoke(application(), ["cost", *arguments])
    return done, json.loads(done.output.strip().splitlines()[-1]) if done.exit_code == 0 else None


def test_the_command_ends_with_one_line_of_json():
    done, last = run("--conversations", "1000")

    assert last["goals"] == {"idle": True, "share": True}
    assert "connector: Fargate" in done.output
    assert "Meta: answers" in done.output


def test_for_a_program_there_is_only_that_line():
    done, last = run("--json")

    assert len(done.stdout.strip().splitlines()) == 1
    assert last["ok"] is True


def test_a_market_without_fees_is_refused():
    done, _ = run("--market", "atlantis")

    assert done.exit_code != 0
    assert "argentina" in str(done.exception)
