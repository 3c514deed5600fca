"""Calling a handler as Lambda does: with JSON, a context object and a limit of time."""

from __future__ import annotations

import importlib
import json
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from conversation.errors import HiloError

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.gateway.functions import Function


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The second argument of a handler, with the names and types of Lambda's Python runtime."""

    function_name: str
    memory_limit_in_mb: str  # the runtime takes it from the environment and leaves it a string
    aws_request_id: str
    invoked_function_arn: str
    log_group_name: str
    log_stream_name: str
    deadline: float = field(repr=False)
    now: Callable[[], float] = field(default=time.monotonic, repr=False)
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run; 0 when its time is over."""
        return max(0, round((self.deadline - self.now()) * 1000))


@dataclass(frozen=True, slots=True)
class Returned:
    """The handler returned this: JSON, as it would leave Lambda."""

    result: object


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler raised, or returned what is no JSON. ``message`` is empty if it may hold text."""

    error: str
    message: str
    where: tuple[str, ...]


Outcome = Returned | Failed


def load(function: Function) -> Callable[[Any, LambdaContext], object]:
    """The function's handler, imported on first use."""
    module = importlib.import_module(function.module)
    return cast("Callable[[Any, LambdaContext], object]", module.handler)


def invoke(
    function: Function,
    event: object,
    *,
    request_id: str,
    region: str,
    handler_of: Callable[[Function], Callable[[Any, LambdaContext], object]] = load,
    now: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Call the handler of ``function`` with ``event``. Never raises.

    A handler that outlasts its time cannot be killed here as Lambda would; it sees the remaining
    time run out, and what it returns too late is thrown away.
    """
    context = context_for(function, request_id=request_id, region=region, now=now)
    try:
        result = handler_of(function)(json.loads(json.dumps(event)), context)
        result = json.loads(json.dumps(result))
    except Exception as error:  # noqa: BLE001 - Lambda's own boundary: any fault is the function's
        return _failed(error)
    if context.get_remaining_time_in_millis() == 0:
        return Failed("Sandbox.Timedout", f"Task timed out after {function.timeout_s} seconds", ())
    return Returned(result)


def context_for(
    function: Function, *, request_id: str, region: str, now: Callable[[], float]
) -> LambdaContext:
    """The context of one invocation, whose time begins now."""
    return LambdaContext(
        function_name=f"hilo-{function.name}",
        memory_limit_in_mb=str(function.memory_mb),
        aws_request_id=request_id,
        invoked_function_arn=f"arn:aws:lambda:{region}:000000000000:function:hilo-{function.name}",
        log_group_name=f"/aws/lambda/hilo-{function.name}",
        log_stream_name="local",
        deadline=now() + function.timeout_s,
        now=now,
    )


def _failed(error: Exception) -> Failed:
    # Law 6: a foreign error's message may quote what a person wrote. Ours do not, and a module
    # that cannot be imported has nothing to do with anyone.
    message = str(error) if isinstance(error, HiloError | ImportError) else ""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in frames if not f.filename.startswith("<")]
    return Failed(type(error).__name__, message, tuple(where[-4:]))
