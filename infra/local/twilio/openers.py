"""The templates that every new stand-in knows: the opener, approved, in both languages.

They are those of ``docs/templates``: with them a first message reaches people who never wrote.
"""

from typing import Final

from infra.local.twilio.templates import Template

OPENER_ES: Final = Template(
    sid="HX" + "e5" * 16,
    friendly_name="hilo_opener_es",
    language="es",
    body=(
        "Hola {{1}}, soy el asistente de {{2}}. Gracias por atender la llamada. "
        "Puede seguir escribiéndome por aquí cuando quiera. "
        "Si no desea más mensajes, responda BAJA."
    ),
    variables={"1": "Ana", "2": "Hilo"},
)

OPENER_EN: Final = Template(
    sid="HX" + "e0" * 16,
    friendly_name="hilo_opener_en",
    language="en",
    body=(
        "Hello {{1}}, I am the assistant of {{2}}. Thank you for taking the call. "
        "You can keep writing to me here whenever you like. "
        "If you do not want more messages, reply STOP."
    ),
    variables={"1": "Ana", "2": "Hilo"},
)

OPENERS: Final = (OPENER_ES, OPENER_EN)
