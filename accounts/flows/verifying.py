"""The number for SMS: a code goes there, and whoever types it in has the phone (S-018 to S-022).

The code exists in the process that made it, in the request to the carrier and on the phone; the row holds a keyed hash (N-14).
"""

from __future__ import annotations

import secrets
import unicodedata
import uuid

from django.db import transaction
from django.db.models import F

from accounts import audit, periods
from accounts.carriers import choosing
from accounts.carriers.envelope import NotSent, Sms
from accounts.flows import limiting
from accounts.models import PhoneCode, User
from ground import clock, vault
from ground.errors import BadInput, Conflict, NotConfigured, SpecStepError

VALID = periods.CODE.length
TRIES = 5
DIGITS = 6
PURPOSE = "accounts.phone_code"


def start(user: User, number: str) -> None:
    """Make ``number`` (E.164) the person's number for SMS and send it a code. A code sent before is void from now on.

    Raises ``NotConfigured`` where no SMS can be sent, ``TooMany`` beyond the limits, ``Conflict`` for a number that is verified
    already, and ``SpecStepError`` when the carrier did not take it.
    """
    if not choosing.sends_sms():
        raise NotConfigured("This service sends no SMS: the operator has not set it up.")
    if user.sms_number == number and user.sms_verified_at is not None:
        raise Conflict("This number is verified already.")
    limiting.code_may_be_sent(user, number)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    waiting = _row(user, number, code)
    text = f"{code} is your SpecStep code, valid for 10 minutes. Nobody of ours will ask you for it."
    sms = Sms(uuid.uuid4(), number, text, waiting.created_at, report=False)
    try:
        choosing.send_sms(sms)
    except NotSent as error:
        if not error.unclear:
            PhoneCode.objects.filter(pk=waiting.pk).delete()
            raise SpecStepError(f"The code was not sent. {error} Try again later.") from error


def check(user: User, typed: str) -> None:
    """Verify the number with the code a person typed.

    Each try is counted before it is compared, by one statement: guesses sent at the same moment are no more than five together.
    Raises ``BadInput`` for a wrong code and ``Conflict`` where no code waits any more, each with what to do now.
    """
    code = "".join(unicodedata.normalize("NFKC", typed).split())
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        raise BadInput("The code has six digits. Type them as they stand in the SMS.")
    row = PhoneCode.objects.filter(user=user).first()
    if row is None or not _counted(row):
        if row is not None:
            PhoneCode.objects.filter(pk=row.pk).delete()
        raise Conflict("No code waits to be entered: it was used, replaced, or its 10 minutes are over. Send a new one.")
    if not vault.has_mac(code, row.digest, purpose=PURPOSE, row=row.pk):
        raise BadInput(_wrong(row))
    _verified(user, row)


def remove(user: User) -> None:
    """Forget the number, verified or not, and any code that waits for it."""
    with transaction.atomic():
        PhoneCode.objects.filter(user=user).delete()
        before = User.objects.select_for_update().get(pk=user.pk)
        if not before.sms_number:
            return
        User.objects.filter(pk=user.pk).update(sms_number="", sms_verified_at=None)
        if before.sms_verified_at is not None:
            audit.record(user.workspace, audit.Action.PHONE_REMOVED, actor=user)


def waiting(user: User) -> PhoneCode | None:
    """The code that can be entered now; never the code itself."""
    return PhoneCode.objects.filter(user=user, created_at__gt=clock.now() - VALID, tries__lt=TRIES).first()


def sweep() -> int:
    """Delete codes whose time is over (S-021, N-15). How many."""
    gone, _ = PhoneCode.objects.filter(created_at__lte=clock.now() - VALID).delete()
    return gone


def _row(user: User, number: str, code: str) -> PhoneCode:
    with transaction.atomic():
        # Two browsers start at once: one after the other, and the second makes the code of the first void.
        before = User.objects.select_for_update().get(pk=user.pk)
        User.objects.filter(pk=user.pk).update(sms_number=number, sms_verified_at=None)
        if before.sms_number != number and before.sms_verified_at is not None:
            audit.record(user.workspace, audit.Action.PHONE_REMOVED, actor=user)
        PhoneCode.objects.filter(user=user).delete()
        row = PhoneCode(user=user, number=number)
        row.digest = vault.mac(code, purpose=PURPOSE, row=row.pk)
        row.save(force_insert=True)
    return row


def _counted(row: PhoneCode) -> bool:
    """Count one try. False: the code is too old, or its tries are used up."""
    open_now = PhoneCode.objects.filter(pk=row.pk, tries__lt=TRIES, created_at__gt=clock.now() - VALID)
    return open_now.update(tries=F("tries") + 1) == 1


def _wrong(row: PhoneCode) -> str:
    left = TRIES - (PhoneCode.objects.filter(pk=row.pk).values_list("tries", flat=True).first() or TRIES)
    if left > 0:
        return f"This is not the code. {left} more {'tries' if left > 1 else 'try'}."
    PhoneCode.objects.filter(pk=row.pk).delete()
    return f"This is not the code, and {TRIES} tries are used up. Send a new code."


def _verified(user: User, row: PhoneCode) -> None:
    with transaction.atomic():
        # Whoever deletes the row has used the code: it works once, and only for the number it was sent to.
        used, _ = PhoneCode.objects.filter(pk=row.pk).delete()
        if not used or not User.objects.filter(pk=user.pk, sms_number=row.number).update(sms_verified_at=clock.now()):
            raise Conflict("The number was changed in the meantime. Send a new code.")
        audit.record(user.workspace, audit.Action.PHONE_VERIFIED, actor=user)
