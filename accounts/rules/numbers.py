"""Which numbers an SMS may go to (``phonenumbers``: the numbering plans of all countries)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

REACHED_BY_SMS = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOIP,
}
"""Not landlines, and no number that costs the caller extra: nobody earns by having codes sent."""


class NoNumber(ValueError):
    """The sentence says what to change."""


def e164(text: str) -> str:
    """The number as E.164 (ITU-T), with the plus sign. Raises ``NoNumber``."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        raise NoNumber("This is not a number we can reach. Begin with + and the country code, such as +1 202 555 0143.")
    if phonenumbers.number_type(number) not in REACHED_BY_SMS:
        raise NoNumber("This number takes no SMS. Give the number of a mobile phone.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def for_people(number: str) -> str:
    """The number in groups, as it is written internationally."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number
