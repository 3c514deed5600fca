"""The runs that have a name: the size for every change, the targets, and one for each mutant."""

from __future__ import annotations

from tests.chaos.plan import AwsFaults, Plan, SocketFaults

BELLS = AwsFaults(bell_twice=0.02, bell_late=0.02)

CI = Plan(
    conversations=300,
    rate=9.0,
    connectors=3,
    kills=4,
    gateway_kills=1,
    called=12,
    opt_outs=6,
    repeats=0.02,
    hides=0.1,
    aws=AwsFaults(
        throttle=0.002, lost_ack=0.002, conflict=0.002, bell_twice=0.02, bell_late=0.02,
        bell_lost=0.005, index_lag_s=5.0,
    ),
    sockets=SocketFaults(reset=0.02, cut=0.02, delay=0.02),
    twilio=(
        {"kind": "webhook_duplicate", "probability": 0.02},
        {"kind": "callback_lost", "probability": 0.02},
        {"kind": "callback_late", "probability": 0.02, "delay_s": 20},
        {"kind": "callback_reordered", "probability": 0.02, "delay_s": 2},
        {"kind": "error_before", "probability": 0.005},
        {"kind": "error_after", "probability": 0.005},
        {"kind": "too_many", "probability": 0.005, "burst": 3},
    ),
)  # fmt: skip
"""A little of everything, in less than four minutes."""

TARGETS: dict[str, Plan] = {
    "kills": Plan(conversations=1000, connectors=4, kills=20, rate=8, aws=BELLS),
    "pauses": Plan(
        conversations=500, connectors=3, pauses=20, rate=2.5, aws=BELLS,
        agent={"answer_delay_s": 3},
    ),
    "aws": Plan(
        conversations=500,
        rate=6,
        repeats=0.02,
        aws=AwsFaults(
            throttle=0.01, lost_ack=0.01, conflict=0.01, bell_twice=0.02, bell_late=0.02,
            index_lag_s=5.0,
        ),
    ),
    "twilio": Plan(
        conversations=500,
        rate=4,
        settle_s=240,
        twilio=(
            {"kind": "accept_then_timeout", "probability": 0.05, "delay_s": 30},
            {"kind": "error_before", "probability": 0.025},
            {"kind": "error_after", "probability": 0.025},
            {"kind": "too_many", "probability": 0.01, "burst": 8},
            {"kind": "list_lag", "probability": 1.0, "delay_s": 30, "route": "any"},
            {"kind": "callback_late", "probability": 0.5, "delay_s": 30},
            {"kind": "callback_lost", "probability": 0.1},
            {"kind": "webhook_duplicate", "probability": 0.05},
        ),
    ),
    # No late doorbells: a second or three for each fiftieth message is more than restarts add.
    "rolling": Plan(
        conversations=300, connectors=3, rolling=3, rate=5, aws=AwsFaults(bell_twice=0.02)
    ),
    "down": Plan(conversations=100, rate=1.5, down_s=300, settle_s=300),
    "batch": Plan(
        conversations=10_000, messages=0, rate=12, connectors=1, called=10_000, gateway_kills=10,
        overlap=True, settle_s=1200,
        # A tick has a minute: three of them at a time. It is about starts, not about sockets.
        settings={"MONITOR_EVERY_S": "20", "OPEN_POLICY": "lazy"},
    ),
    "senders": Plan(
        conversations=100, rate=3, gateway_kills=8, settle_s=240,
        # Nothing but Twilio's list tells what became of a message whose sender was killed.
        twilio=(
            {"kind": "callback_lost", "probability": 1.0},
            {"kind": "accept_then_timeout", "probability": 0.05, "delay_s": 30},
        ),
    ),
    "sockets": Plan(
        conversations=100, rate=3, settle_s=240,
        sockets=SocketFaults(reset=0.1, cut=0.1, delay=0.1, black_hole=0.05),
    ),
}  # fmt: skip
"""The table of docs/reliability.md; sizes are changed by ``name=value``."""

_SMALL = Plan(conversations=24, rate=4, connectors=2, settle_s=75, traced=False)

PAUSED = {
    "conversations": 40, "rate": 1.6, "pauses": 3, "pause_s": (18.0, 26.0),
    "agent": {"answer_delay_s": 6},
}  # fmt: skip
"""Each pause is long enough for a lease to end and another owner to answer what was asked, and all
fall into the time in which people write: about every fourth of them waits for an answer then."""


def _small(**words: object) -> Plan:
    known = {name: getattr(_SMALL, name) for name in _SMALL.__slots__}
    return Plan(**(known | words))


MUTANTS: dict[str, Plan] = {
    "claim": _small(
        mutant="claim", settle_s=100,
        # A callback would prove what an unclaimed message's sender never learned.
        twilio=(
            {"kind": "accept_then_timeout", "probability": 0.2, "delay_s": 12},
            {"kind": "callback_lost", "probability": 1.0},
        ),
    ),
    "message_sid": _small(
        mutant="message_sid", repeats=0.3
    ),
    "sweeper": _small(mutant="sweeper", aws=AwsFaults(bell_lost=0.15)),
    "reconciler": _small(
        mutant="reconciler", settle_s=170, twilio=({"kind": "webhook_lost", "probability": 0.15},)
    ),
    "turn_journal": _small(mutant="turn_journal", kills=2),
    # All calls end at once, and are brought by the webhook within half a second: ticks so close
    # together that several fall into it.
    "batch_guard": _small(
        mutant="batch_guard", linger_s=15, conversations=60, called=60, messages=0, rate=3,
        overlap=True, settings={"OPENER_COOLDOWN_DAYS": "0", "MONITOR_EVERY_S": "0.2"},
    ),
    # One message each: a second one would wait behind the first, and leave with its person. Nobody
    # waits for what is owed to those who left: the run stays for as long as the agent thinks.
    "opt_out": _small(
        mutant="opt_out", linger_s=20, opt_outs=24, messages=1, agent={"answer_delay_s": 14}
    ),
    # Whoever rings again after the turn is read to the end: most must write their last within one.
    "ring_after_read": _small(
        mutant="ring_after_read", rate=8, settings={"SWEEP_EVERY_S": "3600"},
        agent={"answer_delay_s": 6},
    ),
    "fences": _small(mutant="fences", **PAUSED),
}  # fmt: skip
"""Each must turn red; the same run without ``mutant`` must be green."""

SURVIVORS: dict[str, Plan] = {"self_fence": _small(mutant="self_fence", **PAUSED)}
"""Taken out alone these stay green: the next layer, the fence in the table, refuses."""

PRESETS: dict[str, Plan] = {"calm": Plan(), "ci": CI} | TARGETS
