"""One signed webhook, as API Gateway hands it to a Lambda."""

from __future__ import annotations

import base64
import uuid
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC" + "a" * 32
AUTH_TOKEN = "a token for measuring"
BASE_URL = "https://hilo.example.com"
SENDER = "whatsapp:+14155238886"
PATH = "/twilio/whatsapp"


def signed_event() -> dict[str, Any]:
    """A person writes "hola": a message that nobody sent before."""
    sid = f"SM{uuid.uuid4().hex}"
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ana",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": "573138539155",
        "SmsStatus": "received",
        "Body": "hola",
        "To": SENDER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": "whatsapp:+573138539155",
        "ApiVersion": "2010-04-01",
    }
    signature = RequestValidator(AUTH_TOKEN).compute_signature(BASE_URL + PATH, form)
    return {
        "version": "2.0",
        "rawPath": PATH,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signature,
        },
        "requestContext": {"http": {"method": "POST", "path": PATH}},
        "body": base64.b64encode(urlencode(form).encode()).decode(),
        "isBase64Encoded": True,
    }
