"""What `make up` starts: the whole system, from the outside."""

import time

import httpx
import pytest

from infra.local.data import DataFolder
from infra.local.flow.run import result, run
from infra.local.flow.wiring import Running, world
from infra.local.twilio.signing import sign
from tests.system.conftest import a_hilo, a_start, processes_of, until
from tests.unit.infra.local.flow.world import a_plan
from tests.webhooks import said

pytestmark = pytest.mark.system

PERSON = "+573138539155"


AGENT = "agent_4701k8fcsvhaes5s1h6tw894g98s"


def running_in(folder):
    return until(lambda: DataFolder(folder).read_running(), within_s=60)


@pytest.fixture(scope="module")
def running(plain_environment, tmp_path_factory):
    """`hilo up`: what it tells other commands. Its folder is ``running_in``'s."""
    folder = tmp_path_factory.mktemp("up") / "stack"
    with a_start(plain_environment, folder) as start:
        start("up", DEFAULT_AGENT_ID=AGENT)
        yield running_in(folder), folder


def posted(running, form, *, signed=True):
    """A message as Twilio would post it."""
    told = running.environment
    form |= {"AccountSid": told["TWILIO_ACCOUNT_SID"], "To": told["TWILIO_WHATSAPP_NUMBER"]}
    url = f"{told['PUBLIC_BASE_URL']}/twilio/whatsapp"
    token = told["TWILIO_AUTH_TOKEN"] if signed else "somebody else's token"
    headers = {"X-Twilio-Signature": sign(token, url, form.items())}
    return httpx.post(url, data=form, headers=headers, trust_env=False, timeout=20)


def chat(running):
    """What the person's phone shows of ours."""
    url = f"{running.urls['twilio']}/_sim/people/{PERSON}/messages"
    shown = httpx.get(url, trust_env=False).json()["messages"]
    return [bubble for bubble in shown if not bubble["mine"]]


def asked(running):
    """What the agent was asked, turn by turn, as its side of the sockets saw it."""
    url = f"{running.urls['elevenlabs']}/_sim/sessions?frames=true"
    sessions = httpx.get(url, trust_env=False).json()
    frames = [each["frame"] for session in sessions for each in session["frames"]]
    return [frame["text"] for frame in frames if frame.get("type") == "user_message"]


def write(running, text):
    """The person writes, from the simulated phone."""
    url = f"{running.urls['twilio']}/_sim/people/{PERSON}/say"
    return httpx.post(url, json={"body": text, "wait": True}, trust_env=False).json()


def test_everything_answers_and_ctrl_c_leaves_nothing(start):
    process = start("up")
    running = running_in(start.folder)
    until(lambda: "Ctrl-C" in process.printed())

    page = httpx.get(running.urls["page"], trust_env=False)
    unknown = httpx.get(f"{running.urls['gateway']}/nothing", trust_env=False)
    health = httpx.get(f"{running.urls['connector-1']}/healthz", trust_env=False)
    status = process.interrupt()

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert unknown.status_code == 404
    assert health.status_code == 200
    assert all(url.startswith("http://127.0.0.1:") for url in running.urls.values())
    assert all(url in process.printed() for url in running.urls.values()), "it prints where"
    assert status == 0
    assert processes_of(start.folder) == []
    assert "Nothing is left running" in process.printed()
    for url in running.urls.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)


def test_an_unsigned_or_wrongly_signed_webhook_is_refused(running):
    stack, _ = running
    url = f"{stack.urls['gateway']}/twilio/whatsapp"

    unsigned = httpx.post(url, data=said("hola"), trust_env=False)
    forged = posted(stack, said("hola"), signed=False)

    assert (unsigned.status_code, forged.status_code) == (403, 403)
    assert chat(stack) == []


def test_a_webhook_that_comes_again_is_answered_once(running):
    stack, _ = running
    form = said("¿Cómo está?", From=f"whatsapp:{PERSON}", WaId=PERSON[1:])
    # A person of whom the simulated Twilio has heard, so that answers can be delivered.
    write(stack, "Hola")
    until(lambda: len(chat(stack)) == 1)

    first = posted(stack, dict(form))
    until(lambda: len(chat(stack)) == 2)
    again = [posted(stack, dict(form)) for _ in range(2)]
    write(stack, "Gracias")
    until(lambda: len(chat(stack)) == 3)

    assert {answer.status_code for answer in (first, *again)} == {200}
    assert asked(stack) == ["Hola", "¿Cómo está?", "Gracias"], "each once, and each alone"


def test_the_flow_can_use_the_stack_that_runs(running, plain_environment):
    stack, folder = running

    ended = a_hilo(plain_environment, folder)("flow", "--attach")

    assert ended.status == 0, ended
    calls = httpx.get(f"{stack.urls['elevenlabs']}/_sim/calls", trust_env=False).json()
    assert ended.step("call_ends")["conversation_id"] in {c["conversation_id"] for c in calls}
    assert DataFolder(folder).read_running() == stack, "it goes on"


def test_with_real_keys_the_screen_leads_a_person_through_it(running):
    """The real providers' way, with the simulators in their place and a person who obeys."""
    stack, folder = running
    number, told = "+573138539200", []
    person = httpx.Client(base_url=f"{stack.urls['twilio']}/_sim/people/{number}", trust_env=False)
    chosen = a_plan(
        number=number, calls_people=True, writes_to_people=True, agent_id=AGENT,
        phone_number_id="phnum_given", patience_s=60.0,
    )  # fmt: skip
    logs = DataFolder(folder).logs
    place = Running(
        environment=stack.environment, gateway=stack.urls["gateway"], logs=logs, pause=time.sleep
    )

    def obey(line):
        told.append(line)
        person.post("/say", json={"body": "¿Cuál era el dato de la llamada?"})

    with person, world(chosen, place, obey) as everything:
        person.post("/open")
        outcomes = run(everything, lambda _: None)

    assert result(outcomes)["ok"] is True, outcomes[-1].failure
    assert len(told) == 2
    assert all("write from your own WhatsApp" in line for line in told)
