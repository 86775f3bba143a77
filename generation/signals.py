"""What may be heard from the floors above."""

from __future__ import annotations

from django.dispatch import Signal

run_started = Signal()
"""Sent inside the transaction that makes a run, once in its life: a retry does not send it again. Arguments: ``run``."""

run_finished = Signal()
"""Sent inside the transaction that ends a run: done, failed or cancelled. Arguments: ``run`` (``generation.models.Run``).

A receiver writes its own rows in that same transaction and asks for outside work on commit. A receiver that raises undoes the
end of the run, and the last step is done again.
"""

package_deleted = Signal()
"""Sent inside the transaction that deletes a package whose workspace stays, before its row goes. Arguments: ``package``, and
``at``, the time of the deletion: sending it again with the same time changes nothing.
"""
