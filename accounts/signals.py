"""What may be heard above: an account begins, an account ends."""

from __future__ import annotations

from django.dispatch import Signal

account_made = Signal()
"""Sent after a first sign-in made an account: ``request``, and not whose account it is."""

account_closing = Signal()
"""Sent inside the transaction that closes an account: ``user`` (``accounts.models.User``), who is inactive from now on.

A receiver stops work that is under way. A receiver that raises leaves the account open.
"""

account_erasing = Signal()
"""Sent inside the transaction that deletes an account, before its rows go: ``user``.

A receiver deletes rows that lead to the person by a name or an id and not by a foreign key, as streams do. Everything else goes
by cascade. It also locks the rows that its workers lock first, in their order, so that neither waits for the other for ever.
"""
