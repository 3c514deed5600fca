import pytest

from infra.local.twilio.faults import Fault, Faults, Kind, Route, read_fault
from infra.local.twilio.refusals import RefusalError


def faults(*chosen, seed=1):
    switched = Faults()
    switched.switch(chosen, seed=seed)
    return switched


def fates(switched, kind, events):
    return {event: switched.strike(kind, event, Route.CREATE) is not None for event in events}


def test_nothing_strikes_unless_switched_on():
    assert Faults().strike(Kind.RESET, "x") is None


def test_the_fate_of_an_event_depends_on_the_seed_and_not_on_the_order():
    events = [f"event {number}" for number in range(200)]
    half = Fault(kind=Kind.RESET, probability=0.5)

    forwards = fates(faults(half), Kind.RESET, events)

    assert fates(faults(half), Kind.RESET, reversed(events)) == forwards
    assert fates(faults(half, seed=2), Kind.RESET, events) != forwards
    assert 70 < sum(forwards.values()) < 130


def test_an_event_that_comes_again_is_drawn_again():
    switched = faults(Fault(kind=Kind.RESET, probability=0.5))

    drawn = {switched.strike(Kind.RESET, "the same") is None for _ in range(20)}

    assert drawn == {True, False}


def test_a_fault_strikes_no_more_often_than_it_may():
    switched = faults(Fault(kind=Kind.TOO_MANY, times=2))

    assert [bool(switched.strike(Kind.TOO_MANY, "x")) for _ in range(4)] == [
        True,
        True,
        False,
        False,
    ]
    assert switched.document()["faults"][0]["fired"] == 2


def test_a_burst_goes_on_for_its_length():
    switched = faults(Fault(kind=Kind.TOO_MANY, probability=0.05, burst=5))

    drawn = [bool(switched.strike(Kind.TOO_MANY, f"{n}")) for n in range(300)]

    first = drawn.index(True)
    assert drawn[first : first + 5] == [True] * 5
    assert False in drawn[first:]


@pytest.mark.parametrize(
    ("fault", "route", "strikes"),
    [
        (Route.CREATE, Route.CREATE, True),
        (Route.CREATE, Route.LIST, False),
        (Route.ANY, Route.LIST, True),
        (Route.CREATE, Route.ANY, True),
    ],
)
def test_a_fault_keeps_to_its_route(fault, route, strikes):
    switched = faults(Fault(kind=Kind.LATENCY, route=fault))

    assert bool(switched.strike(Kind.LATENCY, "x", route)) is strikes


def test_a_fault_is_read_from_json():
    read = read_fault({"kind": "latency", "delay_s": 2, "route": "list", "probability": 0.5})

    assert read == Fault(kind=Kind.LATENCY, delay_s=2, route=Route.LIST, probability=0.5)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "gremlin"},
        {"kind": "reset", "route": "moon"},
        {"kind": "reset", "probability": 1.5},
        {"kind": "reset", "probability": "often"},
        {"kind": "reset", "delay_s": -1},
        {"kind": "reset", "burst": 0},
        {"kind": "reset", "colour": "red"},
    ],
)
def test_a_fault_that_cannot_be_read_is_refused(document):
    with pytest.raises(RefusalError):
        read_fault(document)
