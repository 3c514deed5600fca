"""The processes of the local stack, as specifications. ``stack.py`` starts them in order."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.local.emulator import REGION
from infra.local.processes import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.data import DataFolder
    from infra.local.settings import StackSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is known once the tables, the queues and the simulators are there."""

    data: DataFolder
    settings: StackSettings
    environment: Mapping[str, str]
    """What Hilo's own processes are told."""
    urls: Mapping[str, str]
    gateway_port: int
    page_port: int = 0


def elevenlabs(
    data: DataFolder,
    *,
    api_key: str,
    webhook_secret: str,
    gateway_url: str,
    environment: Mapping[str, str],
) -> ChildSpec:
    """The simulator of ElevenLabs, which tells ``gateway_url`` of every call that ended."""
    return ChildSpec(
        name="elevenlabs",
        command=_python(
            "infra.local.elevenlabs",
            "--port=0",
            f"--api-key={api_key}",
            f"--webhook-url={gateway_url}/elevenlabs/post-call",
            f"--webhook-secret={webhook_secret}",
            f"--state-dir={data.of('elevenlabs')}",
        ),
        environment=environment,
    )


def twilio(
    data: DataFolder,
    *,
    account_sid: str,
    auth_token: str,
    sender: str,
    gateway_url: str,
    environment: Mapping[str, str],
) -> ChildSpec:
    """The simulator of Twilio, which delivers what people write to ``gateway_url``."""
    return ChildSpec(
        name="twilio",
        command=_python(
            "infra.local.twilio",
            "--port=0",
            f"--account-sid={account_sid}",
            f"--auth-token={auth_token}",
            f"--sender={sender}",
            f"--webhook-url={gateway_url}/twilio/whatsapp",
            f"--state-dir={data.of('twilio')}",
        ),
        environment=environment,
    )


def gateway(site: Site) -> list[ChildSpec]:
    """The Lambdas, with what calls them."""
    command = _python(
        "infra.local.gateway",
        f"--port={site.gateway_port}",
        f"--region={REGION}",
        f"--outbox-queue-url={site.environment['OUTBOX_QUEUE_URL']}",
        f"--monitor-every-s={site.settings.monitor_every_s}",
        f"--sweep-every-s={site.settings.sweep_every_s}",
        f"--notify-every-s={site.settings.notify_every_s}",
    )
    return [ChildSpec("gateway", command, site.environment, stop_within_s=15, restart=True)]


def connectors(site: Site) -> list[ChildSpec]:
    """The connector, as many times as the settings say. Draining takes 23 s at most."""
    return [
        ChildSpec(
            f"connector-{n}",
            _python("connector"),
            # A request for doorbells that is under way is waited for: Ctrl-C shall not take 20 s.
            {"INBOX_WAIT_S": "1", **site.environment, "HEALTH_PORT": "0"},
            stop_within_s=30,
            restart=True,
            together=True,
        )
        for n in range(1, site.settings.connectors + 1)
    ]


def page(site: Site) -> list[ChildSpec]:
    """The page to try Hilo in. What is not simulated is the real one."""
    providers = [
        f"--{name}={site.urls[name]}" if name in site.urls else f"--real-{name}"
        for name in ("elevenlabs", "twilio")
    ]
    command = _python(
        "infra.local.page", f"--port={site.page_port}", f"--logs={site.data.logs}", *providers
    )
    return [ChildSpec("page", command, site.environment, restart=True)]


HILO: Final[tuple[Callable[[Site], list[ChildSpec]], ...]] = (gateway, connectors, page)
"""What is started last, in this order. Each may use the addresses of those before it."""


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
