"""Settings: one frozen class a process, read once, every fault in one message.

A process composes the groups it needs into its own class and calls ``read``. Each setting is a
dataclass field that carries the variable's name, how to parse it and what it means;
``docs/settings.md`` is tested against these, and so is ``template.yaml``.

This is the only module that reads the environment.
"""

from __future__ import annotations

import os
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

from conversation.errors import IS_MISSING, MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")
_VARIABLE: Final = "variable"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a reader of the documentation needs to know of one setting."""

    name: str
    meaning: str
    default: str | None
    """As it would be written in the environment; ``None`` where the setting is required."""
    parse: Callable[[str], Any]
    secret: bool = False


def setting(
    name: str,
    meaning: str,
    parse: Callable[[str], T] = str,  # type: ignore[assignment]  # T is str then
    *,
    default: str | None = None,
    secret: bool = False,
) -> Any:  # noqa: ANN401 - a dataclass field is typed by the class that declares it
    """A field read from the variable ``name``. Without a default it is required."""
    return field(metadata={_VARIABLE: Variable(name, meaning, default, parse, secret)})


def variables_of(settings_class: type) -> Iterator[Variable]:
    """Every variable that ``settings_class`` reads, its groups' included."""
    hints = get_type_hints(settings_class)
    for each in fields(settings_class):
        if _VARIABLE in each.metadata:
            yield each.metadata[_VARIABLE]
        elif is_dataclass(hints[each.name]):
            yield from variables_of(hints[each.name])


def read(settings_class: type[T], values: Mapping[str, str]) -> T:
    """The settings, from ``values`` (see ``environment``). Blank counts as absent.

    Raises ``MisconfiguredError`` naming every missing and every wrong variable at once.
    """
    faults: list[str] = []
    result = _build(settings_class, values, faults)
    if faults:
        raise MisconfiguredError(faults)
    return result


def environment() -> dict[str, str]:
    """A copy of the process' environment."""
    return dict(os.environ)


def _build(settings_class: type[T], values: Mapping[str, str], faults: list[str]) -> T:
    hints = get_type_hints(settings_class)
    filled: dict[str, Any] = {}
    for each in fields(settings_class):  # type: ignore[arg-type]  # it is a dataclass
        variable: Variable | None = each.metadata.get(_VARIABLE)
        if variable:
            filled[each.name] = _value(variable, values, faults)
        elif is_dataclass(hints[each.name]):
            filled[each.name] = _build(hints[each.name], values, faults)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise TypeError(f"{settings_class.__name__}.{each.name} is no setting and no group")
    # Where there is a fault the result is thrown away: whatever stands in for it is not used.
    return settings_class(**filled)


def _value(variable: Variable, values: Mapping[str, str], faults: list[str]) -> object:
    raw = values.get(variable.name, "").strip()
    if not raw:
        if variable.default is None:
            faults.append(f"{variable.name} {IS_MISSING}: {variable.meaning}")
            return None
        raw = variable.default
    try:
        return variable.parse(raw)
    except ValueError as error:
        faults.append(f"{variable.name} is wrong: {error}. It is: {variable.meaning}")
        return None
