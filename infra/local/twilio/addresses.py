"""WhatsApp addresses as Twilio writes them, and which of them reach the same phone."""

import hashlib
import re

CHANNEL = "whatsapp:"
E164 = re.compile(r"\+[1-9]\d{6,14}")
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")

# Countries of the made-up user ids; the longest prefix wins.
COUNTRIES = {
    "1": "US",
    "34": "ES",
    "44": "GB",
    "49": "DE",
    "51": "PE",
    "52": "MX",
    "54": "AR",
    "55": "BR",
    "56": "CL",
    "57": "CO",
    "58": "VE",
    "502": "GT",
    "506": "CR",
    "593": "EC",
    "598": "UY",
}

# One phone, two spellings: the older mobile infixes that WhatsApp still uses in its ids.
VARIANTS = (
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),
    (re.compile(r"\+55(\d{2})9(\d{8})"), r"+55\1\2"),
)


def bare(address: str) -> str:
    """`whatsapp:+1…` and `1…` become `+1…`; a user id stays as it is."""
    text = address.removeprefix(CHANNEL).strip()
    return f"+{text}" if text.isdecimal() else text


def is_valid(name: str) -> bool:
    """Whether a bare name is a phone number or a business-scoped user id."""
    return bool(E164.fullmatch(name) or BSUID.fullmatch(name))


def canonical(number: str) -> str:
    """The same text for every spelling of one phone; the key of a person."""
    for pattern, plain in VARIANTS:
        if pattern.fullmatch(number):
            return pattern.sub(plain, number)
    return number


def made_up_bsuid(account: str, number: str) -> str:
    """The user id this account would see for a number: stable, and of the documented form."""
    digest = hashlib.sha256(f"{account}|{canonical(number)}".encode()).hexdigest()
    return f"{_country(number)}.{int(digest[:16], 16) % 10**17:017d}"


def masked(name: str) -> str:
    """As status callbacks show the recipient: the last four characters hidden."""
    return name[:-4] + "XXXX"


def _country(number: str) -> str:
    digits = number.removeprefix("+")
    return next((COUNTRIES[digits[:n]] for n in (3, 2, 1) if digits[:n] in COUNTRIES), "US")
