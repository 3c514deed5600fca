"""Twilio's error codes: what each calls for, in one table for all who meet them.

Sources: twilio.com/docs/api/errors and the WhatsApp channel's "Error code mapping". Codes in 2xxxx
come from the REST API at once; those in 63xxx mostly later, in a status callback.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.words import Language

if TYPE_CHECKING:
    from collections.abc import Mapping


class Remedy(StrEnum):
    """What an error calls for."""

    RETRY = "retry"
    """Nothing reached the person; the same message may go through later."""
    FAIL = "fail"
    """This message to this person cannot be delivered; others can."""
    OPT_OUT = "opt_out"
    """The person wants no messages: stop until they write ALTA."""
    TEMPLATE = "template"
    """The window is closed: only an approved template is delivered."""
    HOLD = "hold"
    """Nothing at all goes out until someone mends the account: it waits, and goes out then."""
    ALARM = "alarm"
    """Something of ours is wrong about this message: someone mends it and replays it."""


@dataclass(frozen=True, slots=True)
class Handling:
    """What follows from a remedy, in words. ``docs/operations.md`` is drawn from it."""

    at_once: str
    """Where Twilio's REST API refuses the message."""
    later: str
    """Where Twilio took it, and a status callback tells."""
    person: str
    operator: str


HANDLINGS: Final[Mapping[Remedy, Handling]] = {
    Remedy.RETRY: Handling(
        "the same item again, in 2 to 15 s, then each minute",
        "a new item with the next sweep, four attempts in all; then FAILED",
        "the message, late",
        "Nothing; where it failed four times: replay it.",
    ),
    Remedy.FAIL: Handling(
        "FAILED", "FAILED", "nothing", "Reach the person another way, and drop it.",
    ),
    Remedy.OPT_OUT: Handling(
        "FAILED, and nothing more is sent",
        "FAILED, and nothing more is sent",
        "nothing, until they write ALTA",
        "Nothing: drop it.",
    ),
    Remedy.TEMPLATE: Handling(
        "FAILED, and the approved template in its place, once a turn",
        "FAILED, and the approved template in its place, once a turn",
        "the template",
        "Set OPENER_CONTENT_SID if there is none; replay it once the person has written.",
    ),
    Remedy.HOLD: Handling(
        "stays PENDING, one tried each minute for all, for a day; then FAILED",
        "FAILED",
        "the message, once it is mended",
        "Mend the account or the setting, then replay it.",
    ),
    Remedy.ALARM: Handling(
        "FAILED", "FAILED", "nothing", "Mend what the sentence names, then replay it.",
    ),
}  # fmt: skip
"""One row a remedy, for the sender and for ``delivery_status`` alike."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One error: what it calls for, our stable word for it, and a sentence for an operator."""

    remedy: Remedy
    reason: str
    es: str
    en: str

    def sentence(self, language: Language) -> str:
        """What an operator reads."""
        return self.es if language is Language.ES else self.en


_BUSY: Final = Fault(
    Remedy.RETRY,
    "twilio_busy",
    "Twilio recibía demasiadas peticiones a la vez; se intentará de nuevo.",
    "Twilio had too many requests at a time; it will be tried again.",
)
_CHANNEL_TROUBLE: Final = Fault(
    Remedy.RETRY,
    "channel_trouble",
    "WhatsApp tuvo un fallo pasajero; se intentará de nuevo.",
    "WhatsApp had a passing fault; it will be tried again.",
)
_RATE_LIMITED: Final = Fault(
    Remedy.RETRY,
    "rate_limited",
    "Se alcanzó el límite de mensajes del remitente; se intentará más tarde.",
    "The sender's message limit is reached; it will be tried later.",
)
_BAD_CREDENTIALS: Final = Fault(
    Remedy.HOLD,
    "bad_credentials",
    "Twilio no acepta las credenciales: revise TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN.",
    "Twilio does not take the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
)
_BAD_SENDER: Final = Fault(
    Remedy.HOLD,
    "bad_sender",
    "El remitente no es un número de WhatsApp activo de la cuenta: revise TWILIO_WHATSAPP_NUMBER.",
    "The sender is no active WhatsApp number of the account: check TWILIO_WHATSAPP_NUMBER.",
)
_BAD_TEMPLATE: Final = Fault(
    Remedy.ALARM,
    "bad_template",
    "La plantilla no existe, no está aprobada o espera otras variables: revise OPENER_CONTENT_SID "
    "y OPENER_CONTENT_VARIABLES.",
    "The template does not exist, is not approved or wants other variables: check "
    "OPENER_CONTENT_SID and OPENER_CONTENT_VARIABLES.",
)
_BAD_RECIPIENT: Final = Fault(
    Remedy.FAIL,
    "not_on_whatsapp",
    "Este número no recibe mensajes de WhatsApp.",
    "This number takes no WhatsApp messages.",
)
_TOO_LONG: Final = Fault(
    Remedy.ALARM,
    "too_long",
    "El mensaje superaba la longitud que Twilio acepta; es un fallo nuestro al dividirlo.",
    "The message was longer than Twilio takes; it is a fault of ours in splitting it.",
)
_BAD_CONTENT: Final = Fault(
    Remedy.FAIL,
    "content_refused",
    "WhatsApp no aceptó el contenido de este mensaje.",
    "WhatsApp did not take the content of this message.",
)
_OPTED_OUT: Final = Fault(
    Remedy.OPT_OUT,
    "opted_out",
    "La persona pidió no recibir más mensajes.",
    "The person asked for no more messages.",
)
_MARKETING: Final = Fault(
    Remedy.FAIL,
    "marketing_limit",
    "Meta no entregó la plantilla por sus límites de publicidad: use una de categoría UTILITY.",
    "Meta did not deliver the template under its marketing limits: use one of category UTILITY.",
)
_SENDER_LOCKED: Final = Fault(
    Remedy.HOLD,
    "sender_locked",
    "WhatsApp bloqueó o no ha aprobado el remitente: revíselo en la consola de Twilio.",
    "WhatsApp locked the sender or has not approved it: look at it in Twilio's console.",
)
_TWILIO_FAULT: Final = Fault(
    Remedy.RETRY,
    "twilio_fault",
    "Twilio tuvo un fallo interno; se intentará de nuevo.",
    "Twilio had an internal fault; it will be tried again.",
)
_BAD_REQUEST: Final = Fault(
    Remedy.ALARM,
    "bad_request",
    "Twilio rechazó la petición por incorrecta; es un fallo nuestro o de la configuración.",
    "Twilio refused the request as wrong; it is a fault of ours or of the settings.",
)

UNKNOWN_ERROR: Final = Fault(
    Remedy.FAIL,
    "twilio_error",
    "Twilio no entregó el mensaje; el código del error está en los registros.",
    "Twilio did not deliver the message; the error's code is in the logs.",
)
"""For every code that the table does not know."""

TWILIO_ERRORS: Final[Mapping[int, Fault]] = {
    20001: _BAD_REQUEST,
    20003: _BAD_CREDENTIALS,
    20006: _BAD_CREDENTIALS,
    20008: _BAD_CREDENTIALS,
    20403: _BAD_CREDENTIALS,
    20404: _BAD_CREDENTIALS,
    20429: _BUSY,
    20500: _TWILIO_FAULT,
    20503: _TWILIO_FAULT,
    21211: _BAD_RECIPIENT,
    21408: Fault(
        Remedy.ALARM,
        "country_not_enabled",
        "La cuenta de Twilio no tiene permiso para escribir a ese país.",
        "The Twilio account may not write to that country.",
    ),
    21603: _BAD_SENDER,
    21604: _BAD_REQUEST,
    21606: _BAD_SENDER,
    21609: Fault(
        Remedy.ALARM,
        "bad_callback",
        "Twilio no acepta la dirección de los avisos de entrega: revise PUBLIC_BASE_URL.",
        "Twilio does not take the address for delivery reports: check PUBLIC_BASE_URL.",
    ),
    21610: _OPTED_OUT,
    21611: _RATE_LIMITED,
    21614: _BAD_RECIPIENT,
    21617: _TOO_LONG,
    21619: _BAD_REQUEST,
    21654: _BAD_TEMPLATE,
    21655: _BAD_TEMPLATE,
    21656: _BAD_TEMPLATE,
    21658: _TOO_LONG,
    21701: _BAD_SENDER,
    21910: _BAD_SENDER,
    30001: _RATE_LIMITED,
    30002: Fault(
        Remedy.HOLD,
        "account_suspended",
        "La cuenta de Twilio está suspendida.",
        "The Twilio account is suspended.",
    ),
    30008: _CHANNEL_TROUBLE,
    30036: Fault(
        Remedy.FAIL,
        "validity_expired",
        "El mensaje esperó demasiado en Twilio y ya no se entregó.",
        "The message waited too long at Twilio and was not delivered any more.",
    ),
    30500: _TWILIO_FAULT,
    63001: _BAD_SENDER,
    63003: _BAD_RECIPIENT,
    63005: _BAD_CONTENT,
    63007: _BAD_SENDER,
    63012: _CHANNEL_TROUBLE,
    63013: Fault(
        Remedy.FAIL,
        "policy",
        "WhatsApp rechazó el mensaje por sus normas.",
        "WhatsApp refused the message under its policies.",
    ),
    63014: _OPTED_OUT,
    63015: Fault(
        Remedy.FAIL,
        "not_joined",
        "La persona no se ha unido al sandbox de Twilio: debe enviarle primero el texto «join …».",
        "The person has not joined Twilio's sandbox: they must first send it the «join …» text.",
    ),
    63016: Fault(
        Remedy.TEMPLATE,
        "window_closed",
        "Pasaron 24 horas desde el último mensaje de la persona: solo se entrega una plantilla.",
        "24 hours have passed since the person's last message: only a template is delivered.",
    ),
    63017: _RATE_LIMITED,
    63018: _RATE_LIMITED,
    63020: _SENDER_LOCKED,
    63021: _BAD_CONTENT,
    63022: _CHANNEL_TROUBLE,
    63023: _CHANNEL_TROUBLE,
    63024: _BAD_RECIPIENT,
    63027: _BAD_TEMPLATE,
    63028: _BAD_TEMPLATE,
    63032: _MARKETING,
    63038: Fault(
        Remedy.HOLD,
        "daily_limit",
        "La cuenta de Twilio alcanzó su límite diario de mensajes.",
        "The Twilio account has reached its daily limit of messages.",
    ),
    63049: _MARKETING,
    63051: _SENDER_LOCKED,
    63062: _MARKETING,
}


def fault_of(code: int | None) -> Fault:
    """What the table says of ``code``; an unknown one, or none, is ``UNKNOWN_ERROR``."""
    return TWILIO_ERRORS.get(code or 0, UNKNOWN_ERROR)
