"""What Twilio calls From and To, and which of them belong to one person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from conversation.errors import Refused

LONGEST_INPUT: Final = 160
"""Characters; the longest address Twilio documents has 144."""

_CHANNEL = "whatsapp:"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")

# A number as people write it: + first, then digits with blanks (also no-break ones, as copied from
# a page), hyphens, dots, slashes and brackets between them.
_WRITTEN = re.compile(r"\(?\+[0-9 \u00a0\u202f\u2010-\u2013().\-/]+")
_SEPARATORS = re.compile(r"[^0-9+]+")

# The country calling codes in use (a test compares them with phonenumbers): enough to tell that an
# address in Twilio's own writing is one, without loading the numbering plans of the world.
_CALLING_CODE = re.compile(
    r"\+(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|21[12368]|22\d|25[0-8]|23\d|24\d|26\d|29[01789]|35\d|37[0-8]|38[0-35-79]|42[013]"
    r"|50\d|59\d|67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]"
    r"|99[2-68])"
)

_REMEDY = "Write the number with + and the country code, for example +57 and ten digits."
_SHOWN_TAIL = 4
_DOT = "•"


class AddressKind(StrEnum):
    """How a person is reached."""

    PHONE = "phone"
    BSUID = "bsuid"
    """A business-scoped user id: WhatsApp's name for a person who hides the phone number."""


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """An address as it was given, known to be well-formed. Its identity is ``normalise``'s."""

    kind: AddressKind
    value: str
    """E.164 with its ``+``, or the BSUID without ``whatsapp:``."""

    @property
    def whatsapp(self) -> str:
        """What Twilio takes as From and To."""
        return f"{_CHANNEL}{self.value}"

    @property
    def e164(self) -> str | None:
        """The phone number, where there is one."""
        return self.value if self.kind is AddressKind.PHONE else None

    @property
    def masked(self) -> str:
        """For people's eyes: enough to recognise, not enough to write to (``+57••••••9155``)."""
        match self.kind:
            case AddressKind.BSUID:
                shown = self.value.index(".") + 1
            case AddressKind.PHONE:
                shown = _calling_code_length(self.value)
            case _:
                assert_never(self.kind)
        hidden = max(len(self.value) - shown - _SHOWN_TAIL, _SHOWN_TAIL)
        return self.value[:shown] + _DOT * hidden + self.value[shown + hidden :]


def parse_address(raw: str) -> ParsedAddress:
    """Read what Twilio or a person calls an address, with or without ``whatsapp:``.

    ``whatsapp:+E164`` is Twilio's own writing and only its form is checked, so that a number newer
    than our numbering plans is never turned away and the webhook starts fast; anything else is
    held to its country's plan like ``parse_number``'s. Raises ``Refused``, never quoting ``raw``.
    """
    value = _bounded(raw).removeprefix(_CHANNEL)
    if _BSUID.fullmatch(value):
        return ParsedAddress(AddressKind.BSUID, value)
    if value != raw and _E164.fullmatch(value):
        return _phone(value, known=_CALLING_CODE.match(value) is not None)
    return parse_number(value)


def parse_number(raw: str) -> ParsedAddress:
    """Read a phone number as people write it, ``+57 (313) 853-9155``, into E.164.

    It must be in its country's plan or at least as long as its mobiles: plans age, and whether a
    number is in use only Twilio can say. Raises ``Refused``, never quoting ``raw``.
    """
    written = _bounded(raw).strip(" ")
    if not _WRITTEN.fullmatch(written):
        raise Refused(f"This is not a phone number. {_REMEDY}", reason="bad_address")
    value = _dialable(_SEPARATORS.sub("", written))
    return _phone(value, known=_E164.fullmatch(value) is not None and _is_possible(value))


def normalise(address: ParsedAddress) -> str:
    """Return the one string by which a person is known, however the address was written."""
    return variants(address.value)[0]


def variants(e164: str) -> tuple[str, ...]:
    """All the written forms of one number; the first is the person's identity.

    Mexico dropped the 1 after +52 and Argentina writes a 9 after +54 for mobiles, while the ten
    digits behind it name one line; Brazil put a 9 before its eight-digit mobiles (those that began
    with 6 to 9; its landlines begin with 2 to 5). WhatsApp and carriers still use all of them.
    """
    for pattern, forms in _VARIANTS:
        if found := pattern.fullmatch(e164):
            return tuple(found.expand(form) for form in forms)
    return (e164,)


_VARIANTS: Final = (
    # not the toll-free 800 and 900, which never had the 1
    (re.compile(r"\+521?((?![89]00)[2-9][0-9]{9})"), (r"+52\1", r"+521\1")),
    # geographic area codes begin with 11, 2 or 3; 800 and 600 are services
    (re.compile(r"\+549?((?:11|[23][0-9])[0-9]{8})"), (r"+54\1", r"+549\1")),
    (re.compile(r"\+55([1-9]{2})9?([6-9][0-9]{7})"), (r"+55\g<1>9\2", r"+55\1\2")),
)


def _bounded(raw: str) -> str:
    if len(raw) > LONGEST_INPUT:
        raise Refused(
            f"An address has at most {LONGEST_INPUT} characters. {_REMEDY}", reason="bad_address"
        )
    return raw


def _phone(value: str, *, known: bool) -> ParsedAddress:
    if not known:
        raise Refused(
            f"No country has phone numbers like this one; digits may be missing. {_REMEDY}",
            reason="bad_address",
        )
    return ParsedAddress(AddressKind.PHONE, value)


# phonenumbers costs about 15 ms to import: only those who need a numbering plan pay for it.


def _dialable(written: str) -> str:
    """Return E.164, without what is dialled only at home: +44 (0)20 …, +54 11 15 …."""
    import phonenumbers  # noqa: PLC0415 - see above

    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_possible(e164: str) -> bool:
    """Whether this could be a person's number; an older form is one if the identity is."""
    import phonenumbers  # noqa: PLC0415 - see above

    number = phonenumbers.parse(variants(e164)[0])
    mobile = phonenumbers.PhoneNumberType.MOBILE
    length = phonenumbers.is_possible_number_for_type_with_reason(number, mobile)
    return length == phonenumbers.ValidationResult.IS_POSSIBLE or phonenumbers.is_valid_number(
        number
    )


def _calling_code_length(e164: str) -> int:
    code = _CALLING_CODE.match(e164)
    return code.end() if code else 1
