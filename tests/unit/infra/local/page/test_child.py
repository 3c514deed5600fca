"""How the stack starts the page."""

import pytest

from infra.local import children
from infra.local.children import Site
from infra.local.data import DataFolder
from infra.local.settings import StackSettings


def a_site(folder, **urls):
    return Site(
        data=DataFolder(folder),
        settings=StackSettings(connectors=1, monitor_every_s=2, sweep_every_s=5, notify_every_s=5),
        environment={"HILO_PEPPER": "p"},
        urls=urls,
        gateway_port=4000,
        page_port=4100,
    )


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        (
            {"elevenlabs": "http://e", "twilio": "http://t"},
            ["--elevenlabs=http://e", "--twilio=http://t"],
        ),
        ({"elevenlabs": "http://e"}, ["--elevenlabs=http://e", "--real-twilio"]),
        ({}, ["--real-elevenlabs", "--real-twilio"]),
    ],
)
def test_the_page_is_told_which_providers_are_real(tmp_path, urls, told):
    (spec,) = children.page(a_site(tmp_path, **urls))

    ours = ["-m", "infra.local.page", "--port=4100", f"--logs={tmp_path / 'logs'}"]
    assert list(spec.command[1:]) == ours + told
    assert spec.name == "page"
    assert spec.environment["HILO_PEPPER"] == "p"
