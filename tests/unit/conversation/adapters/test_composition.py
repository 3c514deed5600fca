"""An application that notices that its secrets have changed."""

import threading

import pytest

from conversation.adapters.composition import LOOK_EVERY_S, Renewed
from conversation.errors import MisconfiguredError, Transient


class Secrets:
    """What the secrets hold, how often they were read, and how often anew."""

    def __init__(self, held):
        self.held = held
        self.reads = 0
        self.fresh = 0

    def __call__(self, *, fresh=False):
        self.reads += 1
        self.fresh += fresh
        if isinstance(self.held, Exception):
            raise self.held
        return self.held


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def a_root(secrets, clock):
    """An application that shows the token it was built with."""
    built = []

    def build(values):
        if not values.get("TOKEN"):
            raise MisconfiguredError(["TOKEN is missing: it is needed"])
        built.append(values["TOKEN"])
        return [values["TOKEN"]]

    root = Renewed(build, service="test", secrets=secrets, clock=clock)
    root.built = built
    return root


def test_without_a_secret_it_is_built_once_and_nothing_is_ever_looked_at(clock, monkeypatch):
    monkeypatch.setenv("TOKEN", "of the environment")
    secrets = Secrets(None)
    root = a_root(secrets, clock)

    first = root()
    clock.now = 10_000
    second = root()

    assert first is second
    assert first == ["of the environment"]
    assert secrets.reads == 1


def test_the_secret_is_looked_at_only_now_and_then(clock):
    secrets = Secrets({"TOKEN": "one"})
    root = a_root(secrets, clock)
    root()

    for tick in range(100):
        clock.now = tick * LOOK_EVERY_S / 100
        root()

    assert secrets.reads == 1


def test_a_changed_secret_builds_it_anew_and_an_unchanged_one_does_not(clock):
    secrets = Secrets({"TOKEN": "one"})
    root = a_root(secrets, clock)
    before = root()

    clock.now = LOOK_EVERY_S
    same = root()
    secrets.held = {"TOKEN": "two"}
    clock.now = 2 * LOOK_EVERY_S
    after = root()

    assert same is before
    assert after == ["two"]
    assert root.built == ["one", "two"]


@pytest.mark.parametrize(
    "trouble",
    [
        {},
        MisconfiguredError(["the secret is no JSON"]),
        Transient("no answer", reason="secrets_unreachable"),
    ],
)
def test_what_works_is_kept_where_the_new_secret_does_not(clock, trouble):
    secrets = Secrets({"TOKEN": "one"})
    root = a_root(secrets, clock)
    before = root()

    secrets.held = trouble
    clock.now = LOOK_EVERY_S

    assert root() is before


def test_settings_that_are_filled_in_are_seen_soon_and_past_the_cache(clock):
    secrets = Secrets({})
    root = a_root(secrets, clock)
    with pytest.raises(MisconfiguredError):
        root()
    asked = secrets.reads

    with pytest.raises(MisconfiguredError):
        root()  # at once: nothing is asked again
    assert secrets.reads == asked

    secrets.held = {"TOKEN": "filled in"}
    clock.now = LOOK_EVERY_S
    assert root() == ["filled in"]
    assert secrets.fresh == 1


def test_many_threads_build_it_once(clock):
    root = a_root(Secrets({"TOKEN": "one"}), clock)
    gate = threading.Barrier(8)

    def ask():
        gate.wait()
        root()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert root.built == ["one"]
