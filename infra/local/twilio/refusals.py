"""Twilio's errors: what the REST API refuses at once, and what the channel refuses later."""

from enum import IntEnum


class Code(IntEnum):
    """Twilio's error codes that this stand-in can answer or report."""

    INVALID_PARAMETER = 20001
    AUTHENTICATE = 20003
    NOT_FOUND = 20404
    TOO_MANY = 20429
    INTERNAL = 20500
    INVALID_TO = 21211
    NO_FROM = 21603
    NO_TO = 21604
    BAD_CALLBACK = 21609
    OPTED_OUT = 21610
    BODY_TOO_LONG = 21617
    NOTHING_TO_SAY = 21619
    CONTENT_NEEDED = 21654
    BAD_CONTENT = 21655
    BAD_VARIABLES = 21656
    NO_SERVICE = 21701
    CHANNELS_DIFFER = 21910
    EXPIRED = 30036
    WRONG_SENDER = 63007
    BLOCKED = 63014
    NOT_JOINED = 63015
    OUTSIDE_WINDOW = 63016
    BAD_TEMPLATE_TEXT = 63021
    NOT_ON_WHATSAPP = 63024
    VARIABLES_DIFFER = 63028


# code: (HTTP status, message); the REST API answers these at once
ANSWERS: dict[Code, tuple[int, str]] = {
    Code.INVALID_PARAMETER: (400, "Invalid parameter {detail}"),
    Code.AUTHENTICATE: (401, "Authenticate"),
    Code.NOT_FOUND: (404, "The requested resource {detail} was not found"),
    Code.TOO_MANY: (429, "Too Many Requests"),
    Code.INTERNAL: (500, "An internal server error has occurred"),
    Code.INVALID_TO: (400, "The 'To' number {detail} is not a valid phone number."),
    Code.NO_FROM: (400, "A 'From' phone number is required."),
    Code.NO_TO: (400, "A 'To' phone number is required."),
    Code.BAD_CALLBACK: (400, "The 'StatusCallback' URL {detail} is not a valid URL."),
    Code.OPTED_OUT: (400, "Attempt to send to unsubscribed recipient"),
    Code.BODY_TOO_LONG: (400, "The concatenated message body exceeds the 1600 character limit"),
    Code.NOTHING_TO_SAY: (400, "A text message body or media urls must be specified."),
    Code.CONTENT_NEEDED: (400, "ContentSid Required"),
    Code.BAD_CONTENT: (400, "The ContentSid Parameter is Invalid"),
    Code.BAD_VARIABLES: (400, "The Content Variables Parameter is invalid"),
    Code.NO_SERVICE: (400, "The Messaging Service {detail} does not exist"),
    Code.CHANNELS_DIFFER: (
        400,
        "Invalid From and To pair. From and To should be of the same channel",
    ),
    Code.WRONG_SENDER: (
        400,
        "Twilio could not find a Channel with the specified From address",
    ),
}

# What a status callback says of an accepted message that did not arrive.
REASONS: dict[int, str] = {
    Code.EXPIRED: "Validity Period Expired",
    63003: "Channel could not find To address",
    Code.BLOCKED: "Channel message cannot be delivered due to a user action",
    Code.NOT_JOINED: "Channel Sandbox can only send messages to phone numbers that have joined",
    Code.OUTSIDE_WINDOW: "Failed to send freeform message because you are outside the allowed"
    " window. Please use a Message Template.",
    Code.BAD_TEMPLATE_TEXT: "Channel invalid content error",
    Code.NOT_ON_WHATSAPP: "Channel invalid recipient",
    Code.VARIABLES_DIFFER: "Number of parameters provided does not match the expected number"
    " of parameters",
    63049: "Meta chose not to deliver this WhatsApp marketing message",
}


def reason_of(code: int) -> str:
    """What Twilio says of an undelivered message."""
    return REASONS.get(code, "Channel generic error")


class RefusalError(Exception):
    """The REST API refuses the request, in Twilio's own words."""

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.status, words = ANSWERS[code]
        super().__init__(words.format(detail=detail).replace("  ", " "))

    def envelope(self) -> dict[str, object]:
        """The body of the answer."""
        return {
            "code": int(self.code),
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{int(self.code)}",
            "status": self.status,
        }
