"""JSON that others write. Whatever is in it, what comes out can be stored, sent and shown."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Where a half of a character may be, as an escape or as bytes."""


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """The value in ``body``. Raises ``ValueError`` where it is no JSON, or nested too deep to read.

    Who cuts a text in the middle of a sign leaves half of one. JSON can carry it; a table cannot,
    nor can a page.
    """
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
    if not _HALF.search(body):
        return value
    return json.loads(well_formed(json.dumps(value, ensure_ascii=False)))


def well_formed(text: str) -> str:
    """The same text, with halves of characters joined, or replaced where the other is missing.

    JSON may carry half of a surrogate pair; UTF-8, DynamoDB and the socket cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
