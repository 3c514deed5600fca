"""What the local stack runs, and how each process is told what it needs."""

from pathlib import Path

import pytest

from infra.local import children
from infra.local.children import Site
from infra.local.data import DataFolder
from infra.local.settings import StackSettings


@pytest.fixture
def site(tmp_path):
    return Site(
        data=DataFolder(tmp_path),
        settings=StackSettings(
            connectors=3, monitor_every_s=0.5, sweep_every_s=7, notify_every_s=9
        ),
        environment={"OUTBOX_QUEUE_URL": "http://q/out.fifo"},
        urls={"gateway": "http://g"},
        gateway_port=4000,
    )


def test_the_gateway_is_told_its_port_its_queue_and_its_rhythms(site):
    (spec,) = children.gateway(site)

    assert spec.command[1:] == (
        "-m",
        "infra.local.gateway",
        "--port=4000",
        "--region=us-east-1",
        "--outbox-queue-url=http://q/out.fifo",
        "--monitor-every-s=0.5",
        "--sweep-every-s=7",
        "--notify-every-s=9",
    )


def test_there_are_as_many_connectors_as_asked_for_each_with_its_name(site):
    specs = children.connectors(site)

    assert [spec.name for spec in specs] == ["connector-1", "connector-2", "connector-3"]
    assert all(spec.restart for spec in specs)
    assert all(spec.environment["HEALTH_PORT"] == "0" for spec in specs)


def test_a_connector_has_the_time_to_drain(site):
    assert all(spec.stop_within_s > 20 for spec in children.connectors(site))


def test_the_simulators_deliver_to_the_gateway(tmp_path):
    told = {"gateway_url": "http://g", "environment": {}}
    data = DataFolder(tmp_path)

    twilio = children.twilio(data, account_sid="AC", auth_token="t", sender="s", **told)
    elevenlabs = children.elevenlabs(data, api_key="k", webhook_secret="w", **told)

    assert "--webhook-url=http://g/twilio/whatsapp" in twilio.command
    assert "--webhook-url=http://g/elevenlabs/post-call" in elevenlabs.command


def test_each_simulator_keeps_its_own_data(tmp_path):
    spec = children.elevenlabs(
        DataFolder(tmp_path), api_key="k", webhook_secret="w", gateway_url="u", environment={}
    )

    (folder,) = (word.split("=")[1] for word in spec.command if word.startswith("--state-dir"))
    assert Path(folder) == tmp_path / "elevenlabs"


def test_secrets_do_not_show_when_a_child_is_printed(site):
    spec = children.gateway(site)[0]

    assert "OUTBOX_QUEUE_URL" not in repr(spec)
