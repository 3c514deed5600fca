"""A form as Twilio posts it: every parameter as it came, blank and repeated ones too.

The signature is made over all of them: whoever drops a blank one, keeps one value of two, or
strips a text can verify nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE: Final = "application/x-www-form-urlencoded"
MAX_PARAMETERS: Final = 1000


class Form:
    """Parameters by name. The SDK's validator knows it by ``getall``, as it knows Flask's."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """Every value of ``name``, in the order in which they came."""
        return self._values[name]

    def params(self) -> dict[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in self._values.items()}


def read_form(body: bytes) -> Form:
    """The form in ``body``. Raises ``Refused`` (``bad_form``) where it is none."""
    try:
        text = body.decode()
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError as error:  # not UTF-8, or more parameters than any webhook has
        raise Refused("the body is not a form", reason="bad_form") from error
