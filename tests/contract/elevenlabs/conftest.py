"""The simulator on a loopback port, and a client that checks every frame against the schemas."""

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass, field, replace

import httpx
import jsonschema
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from infra.local.elevenlabs.agents import DEFAULT_AGENTS
from infra.local.elevenlabs.schemas import schema_of
from infra.local.elevenlabs.server import Server, bind, create_app
from infra.local.elevenlabs.settings import SimulatorSettings

KEY = "sk_simulated"
FAST = SimulatorSettings(
    api_key=KEY, call_seconds=0.2, processing_seconds=0.1, thinking_s=0.01, delta_delay_s=0.001
)
AGENT = DEFAULT_AGENTS[0].agent_id
TEXT_ONLY = {"conversation": {"text_only": True}}


@dataclass
class Live:
    """A running simulator."""

    url: str
    world: object
    http: httpx.Client

    @property
    def socket_url(self):
        return self.url.replace("http", "ws") + "/v1/convai/conversation"

    def control(self, method, path, body=None):
        answer = self.http.request(method, f"/_sim{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def settings(self, **changes):
        self.world.settings = replace(self.world.settings, **changes)

    def faults(self, **faults):
        self.control("POST", "/faults", faults)

    def agent(self, agent_id="agent_of_the_test", **fields):
        self.control("PUT", f"/agents/{agent_id}", {"client_events": [*EVERY_EVENT], **fields})
        return agent_id

    @contextlib.contextmanager
    def talk(self, agent_id=AGENT, *, key=KEY, url=None, **initiation):
        """A socket on which the initiation was sent and the metadata received."""
        with self.connect(agent_id, key=key, url=url) as talk:
            talk.send("conversation_initiation_client_data", **_chatting(initiation))
            yield talk

    @contextlib.contextmanager
    def connect(self, agent_id=AGENT, *, key=KEY, url=None, dialect="convai"):
        headers = {"xi-api-key": key} if key else {}
        address = url or f"{self.socket_url}?agent_id={agent_id}"
        with connect(address, additional_headers=headers, proxy=None) as socket:
            yield Talk(socket, dialect)

    def until(self, what, tries=200):
        """Wait for the running simulator (a real clock: contract tests may)."""
        for _ in range(tries):
            found = what()
            if found:
                return found
            threading.Event().wait(0.02)
        raise AssertionError("it did not come")


EVERY_EVENT = (
    *DEFAULT_AGENTS[0].client_events,
    "context_usage",
)


def _chatting(initiation):
    return {"conversation_config_override": TEXT_ONLY, **initiation}


@dataclass
class Talk:
    """A client that refuses frames which do not fit the published schemas."""

    socket: object
    dialect: str = "convai"
    frames: list = field(default_factory=list)

    def send(self, kind, **fields):
        frame = {"type": kind, **fields}
        jsonschema.validate(frame, schema_of(frame, "client", self.dialect))
        self.socket.send(json.dumps(frame))

    def send_unchecked(self, raw):
        self.socket.send(raw if isinstance(raw, str | bytes) else json.dumps(raw))

    def receive(self, timeout=5):
        frame = json.loads(self.socket.recv(timeout=timeout))
        jsonschema.validate(frame, schema_of(frame, "server", self.dialect))
        self.frames.append(frame)
        return frame

    def until(self, kind):
        """Receive up to the first frame of this kind; give all frames received."""
        received = [self.receive()]
        while received[-1]["type"] != kind:
            received.append(self.receive())
        return received

    def ask(self, text):
        """Say something; give the texts of the whole answer."""
        self.send("user_message", text=text)
        return texts(self.until("agent_response_complete"))

    def closed(self):
        """Receive up to the close; give its code, its reason and the frames before it."""
        received = []
        try:
            while True:
                received.append(self.receive())
        except ConnectionClosed as closed:
            close = closed.rcvd
            return (close.code, close.reason, received) if close else (1006, "", received)


def texts(frames):
    return [
        frame["agent_response_event"]["agent_response"]
        for frame in frames
        if frame["type"] == "agent_response"
    ]


@pytest.fixture(scope="session")
def simulator(tmp_path_factory):
    """One server for all tests; each finds it as new."""
    app = create_app(FAST, folder=tmp_path_factory.mktemp("elevenlabs"))
    listener = bind(0)
    ready = threading.Event()
    server = Server(app, ready=ready.set)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.world
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert not thread.is_alive()


@pytest.fixture
def live(simulator):
    url, world = simulator
    world.settings = FAST
    with httpx.Client(base_url=url, headers={"xi-api-key": KEY}, trust_env=False) as http:
        live = Live(url, world, http)
        live.control("POST", "/reset")
        yield live
