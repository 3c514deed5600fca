"""Which lights of the diagram an event switches on."""

import pytest

from conversation.signals import Signal
from infra.local.page.parts import FAULTS, PARTS, SERVICES, Part, parts_of


def test_every_event_has_its_place():
    assert set(PARTS) == set(Signal)
    assert all(PARTS[signal] for signal in Signal if signal not in FAULTS)


@pytest.mark.parametrize("key", ["queue", "kind"])
@pytest.mark.parametrize("bell", ["outbox", "typing"])
def test_a_bell_to_the_sender_is_the_outbox(key, bell):
    assert parts_of(Signal.DOORBELL_RUNG, "sweeper", {key: bell}) == (Part.OUTBOX,)
    assert parts_of(Signal.DOORBELL_TAKEN, "x", {key: bell}) == (Part.OUTBOX, Part.SENDER)


def test_any_other_bell_is_the_inbox():
    assert parts_of(Signal.DOORBELL_TAKEN, "connector", {"kind": "inbox"})[0] is Part.INBOX


@pytest.mark.parametrize(("service", "part"), SERVICES.items())
def test_a_fault_is_where_its_process_is(service, part):
    assert parts_of(Signal.PROVIDER_FAILED, service, {}) == (part,)
