"""The rehearsal of a deployment, step by step: what `docs/deploying.md` tells people to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from conversation.adapters.tables.starts import FIRST_START
from conversation.errors import Permanent
from infra.local import children
from infra.local.data import RunningStack
from infra.local.deployed import connector, operating
from infra.local.deployed.account import Account
from infra.local.deployed.midturn import MidTurn
from infra.local.emulator import emulator
from infra.local.flow.control import Control
from infra.local.processes import ROOT
from infra.local.settings import SIMULATED_SENDER, bystander_environment, product_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.data import DataFolder
    from infra.local.deployed.sam import Sam
    from infra.local.processes import Supervisor

EMULATOR_HOME: Final = ROOT / ".venv-aws-full"
_FILLED_IN: Final = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WHATSAPP_NUMBER",
    "TWILIO_API_URL",
    "ELEVENLABS_API_KEY",
    "ELEVENLABS_API_URL",
    "BUSINESS_NAME",
    "OPENER_CONTENT_SID",
)
"""What goes into the secret. Without the post-call webhook's, the schedule alone finds calls."""
_DENIED: Final = "AccessDenied"
WEBHOOK: Final = "/twilio/whatsapp"
FORBIDDEN, UNAVAILABLE = 403, 503
_MORE_MB: Final = 640
_LOOK_S: Final = 0.2
_TICK_PATIENCE_S: Final = 150.0
"""A schedule calls each minute, and the emulator begins anew when a stack is changed."""
_FLOW_TIMEOUT_S: Final = 600.0


Step = Callable[[], "Mapping[str, object]"]


@dataclass(frozen=True, slots=True)
class Done:
    """One step, and what it found. ``error`` is ``None`` where it went well."""

    name: str
    ms: int
    error: str | None = None
    found: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """One deployment, from nothing to answered messages."""

    supervisor: Supervisor
    data: DataFolder
    make_sam: Callable[[Mapping[str, str]], Sam]
    pid: int
    people: int = 20
    urls: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def steps(self) -> dict[str, Step]:
        """By name, in order. Each raises where the deployment does not do what it should."""
        return {
            "start_aws": self.start_aws,
            "sam_build": self.sam_build,
            "deploy_with_nothing_filled_in": self.deploy_bare,
            "webhook_says_what_is_missing": self.says_what_is_missing,
            "queues_refuse_plain_http": self.refuses_plain_http,
            "connector_waits_for_settings": self.connector_waits,
            "fill_in_and_deploy": self.fill_in,
            "bad_signature_is_refused": self.refuses_bad_signature,
            "panel_asks_to_sign_in": self.panel_is_shut,
            "schedule_fires": self.schedule_fires,
            "connector_begins_by_itself": self.connector_begins,
            "flow_by_the_schedule": self.flow,
            "operator_signs_in_and_acts": self.operate,
            "redeploy_in_mid_turn": self.redeploy,
        }

    def keep_logs(self) -> None:
        """Write down what the Lambdas logged, for whoever looks for a reason."""
        lines = self._account().function_logs() if "aws" in self.urls else []
        (self.data.logs / "functions.log").write_text("\n".join(lines), encoding="utf-8")

    def start_aws(self) -> Mapping[str, object]:
        """The emulator, checking IAM, and the simulators' addresses-to-be."""
        told = bystander_environment({}) | {"AUTH": "true", "LAMBDA_WARM_TTL_SECONDS": "3600"}
        spec = emulator(home=EMULATOR_HOME, data=self.data.of("aws"), environment=told)
        self.urls["aws"] = self.supervisor.start(spec)
        return {"url": self.urls["aws"]}

    def sam_build(self) -> Mapping[str, object]:
        """The packages, for this machine."""
        self._sam().build()
        built = self._sam().build_dir
        return {path.name: _megabytes(path) for path in sorted(built.glob("*Function"))}

    def deploy_bare(self) -> Mapping[str, object]:
        """As a newcomer does, with no parameter and an empty secret."""
        self._sam().deploy({})
        outputs = self._account().outputs()
        self.urls["gateway"] = f"{self.urls['aws']}/_aws/execute-api/{outputs['ApiId']}"
        return {"outputs": len(outputs)}

    def says_what_is_missing(self) -> Mapping[str, object]:
        """Without settings the webhook answers 503 and names them."""
        answer = self._post(signature="")
        missing = [
            name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if name in answer.text
        ]
        _expect(answer.status_code == UNAVAILABLE and len(missing) == len(("sid", "token")), answer)
        return {"status": answer.status_code, "named": missing}

    def refuses_plain_http(self) -> Mapping[str, object]:
        """The queues' policy takes TLS alone, and the emulator has none: from here on without."""
        account = self._account()
        refused = account.refusal_of(account.outputs()["OutboxQueueUrl"])
        if refused != _DENIED:
            raise Permanent(f"a queue answered plain HTTP with {refused}", reason="unexpected")
        self._sam().leave_out("QueuePolicy")
        return {"refused": refused}

    def fill_in(self) -> Mapping[str, object]:
        """The secret, and the address under which the simulators reach the API."""
        self._start_simulators()
        account = self._account()
        outputs = account.outputs()
        told = self._told(pepper="")
        settings = {name: told[name] for name in _FILLED_IN} | {"DEFAULT_AGENT_ID": self._agent()}
        # The user pool of this account is served here, and not at the address that AWS gives it.
        settings["PANEL_ISSUER"] = f"{self.urls['aws']}/{outputs['OperatorsPoolId']}"
        account.fill_in(outputs["SecretArn"], settings)
        self._deploy(PublicBaseUrl=self.urls["gateway"])
        environment = self._told(pepper=account.secret(outputs["PepperArn"]))
        self.data.write_running(RunningStack(self.pid, self.urls, environment))
        return {"settings": sorted(settings)}

    def refuses_bad_signature(self) -> Mapping[str, object]:
        """What is not signed by Twilio gets 403."""
        answer = self._post(signature="bm90IHNpZ25lZCBieSB0d2lsaW8=")
        _expect(answer.status_code == FORBIDDEN, answer)
        return {"status": answer.status_code}

    def schedule_fires(self) -> Mapping[str, object]:
        """The monitor's first tick records when Hilo began: earlier calls are not continued."""
        account, deadline = self._account(), time.monotonic() + _TICK_PATIENCE_S
        while not account.knows(FIRST_START):
            if time.monotonic() > deadline:
                raise Permanent("batch_monitor was not called by its schedule", reason="no_tick")
            self.supervisor.pause(1)
        return {"recorded": FIRST_START}

    def connector_waits(self) -> Mapping[str, object]:
        """With an empty secret it is healthy, and says what is missing."""
        self.urls[connector.NAME] = self.supervisor.start(connector.spec_of(self._account()))
        said = connector.health(self.urls[connector.NAME])
        if said["state"] != "waiting_for_settings" or "ELEVENLABS_API_KEY" not in str(said):
            raise Permanent(
                f"the connector does not wait for settings: {said}", reason="unexpected"
            )
        return {"state": said["state"], "missing": len(said["missing"])}

    def connector_begins(self) -> Mapping[str, object]:
        """Nobody starts it: it reads the secret again, and again."""
        said = connector.serves(self.urls[connector.NAME], self.supervisor.pause)
        return {"state": said["state"], "shards": len(said["shards"])}

    def flow(self) -> Mapping[str, object]:
        """The main test. Nobody tells of the call's end but the schedule's own look."""
        command = [sys.executable, "-m", "infra.cli", "flow", "--attach", "--json"]
        command += ["--data", str(self.data.root), "--timeout", str(_TICK_PATIENCE_S)]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, check=False, text=True, capture_output=True,
            env=bystander_environment({}), timeout=_FLOW_TIMEOUT_S,
        )  # fmt: skip
        (self.data.logs / "flow.log").write_text(done.stderr + done.stdout, encoding="utf-8")
        lines = done.stdout.splitlines()
        told: dict[str, Any] = json.loads(lines[-1]) if lines else {"ok": False}
        if not told["ok"]:
            raise Permanent(f"the flow failed:\n{done.stderr[-4000:]}", reason="flow_failed")
        return {"flow": {step["name"]: step["ms"] for step in told["steps"]}}

    def panel_is_shut(self) -> Mapping[str, object]:
        """Who is nobody yet sees the page to sign in, with its files."""
        return operating.is_shut(self.urls["gateway"])

    def operate(self) -> Mapping[str, object]:
        """An operator of the stack's own pool does what operators do."""
        where, pause = self.urls["gateway"], self.supervisor.pause
        return operating.operate(where, self._account(), pause)

    def redeploy(self) -> Mapping[str, object]:
        """A changed template and a new connector, while people wait for answers."""
        with MidTurn.begun(
            twilio=self.urls["twilio"],
            elevenlabs=self.urls["elevenlabs"],
            webhook=self._account().outputs()["TwilioWebhookUrl"],
            people=self.people,
        ) as people:
            # Not the connector's stack: the emulator cannot update GetAtt in a nested one.
            self._sam().give_memory(_MORE_MB)
            self._deploy()
            self._restart_connector()
            return people.answered_once(monotonic=time.monotonic, sleep=time.sleep)

    def _restart_connector(self) -> None:
        former = self.supervisor.pids()[connector.NAME]
        os.kill(former, signal.SIGTERM)
        while self.supervisor.pids()[connector.NAME] == former:
            self.supervisor.pause(_LOOK_S)

    def _deploy(self, **parameters: str) -> None:
        self.parameters |= parameters
        self._sam().deploy(self.parameters)

    def _start_simulators(self) -> None:
        known, environment = self.data.secrets(), bystander_environment({})
        specs = (
            children.elevenlabs(
                self.data,
                api_key=known.elevenlabs_api_key,
                webhook_secret=known.elevenlabs_webhook_secret,
                gateway_url=self.urls["gateway"],
                environment=environment,
            ),
            children.twilio(
                self.data,
                account_sid=known.twilio_account_sid,
                auth_token=known.twilio_auth_token,
                sender=SIMULATED_SENDER,
                gateway_url=self.urls["gateway"],
                environment=environment,
            ),
        )
        for spec in specs:
            self.urls[spec.name] = self.supervisor.start(spec)

    def _agent(self) -> str:
        with httpx.Client(base_url=self.urls["elevenlabs"], trust_env=False) as client:
            return str(Control(client).get("/agents")[0]["agent_id"])

    def _told(self, *, pepper: str) -> dict[str, str]:
        """What the local stack would tell its processes."""
        return product_environment(
            {"HILO_PEPPER": pepper} if pepper else {},
            secrets=self.data.secrets(),
            outputs=self._account().outputs(),
            urls=self.urls,
        )

    def _post(self, *, signature: str) -> httpx.Response:
        return httpx.post(
            self.urls["gateway"] + WEBHOOK,
            data={"MessageSid": "SM" + "0" * 32, "Body": "hola"},
            headers={"X-Twilio-Signature": signature},
            timeout=60,
            trust_env=False,
        )

    def _sam(self) -> Sam:
        return self.make_sam(bystander_environment({}) | {"AWS_ENDPOINT_URL": self.urls["aws"]})

    def _account(self) -> Account:
        return Account(self.urls["aws"])


def _expect(as_it_should: bool, answer: httpx.Response) -> None:  # noqa: FBT001 - a condition
    if not as_it_should:
        raise Permanent(f"got {answer.status_code}: {answer.text[:500]}", reason="unexpected")


def _megabytes(folder: Path) -> float:
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20, 1)
