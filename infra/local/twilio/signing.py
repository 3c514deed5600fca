"""X-Twilio-Signature as Twilio's page on webhook security describes it, in our own code."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urldefrag

Params = Iterable[tuple[str, str]]


def sign(token: str, url: str, params: Params) -> str:
    """The signature of a form POST of `params` to `url`.

    The fragment carries connection overrides for Twilio itself: it is never sent, so never signed.
    The query string is signed exactly as it is written, still percent-encoded.
    """
    signed = urldefrag(url).url + "".join(_flattened(params))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _flattened(params: Params) -> Iterable[str]:
    """Keys in code point order; the values of a repeated key sorted, each once."""
    for name, pairs in groupby(sorted(set(params)), key=lambda pair: pair[0]):
        yield from (name + value for _, value in pairs)
