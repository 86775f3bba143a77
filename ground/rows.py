"""What every row has: a key that sorts by time, and when it was made."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import uuid_utils
from django.db import connection, models

from ground import clock


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562, 5.7): rows made later sort later, on every machine."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class Row(models.Model):
    """Base of all rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


def write_each(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, where: Sequence[str]) -> None:
    """Write rows that differ: each mapping names the fields of one and their new values; those in ``where`` say which row it is.

    All with the same fields. The statement is built once and sent for all rows without waiting in between (psycopg's pipeline):
    an update per row, or one with a case for each row and field, costs many times that.
    """
    given = list(rows)
    if not given:
        return
    columns = {column.name: column for column in model._meta.concrete_fields if column.name in given[0]}
    quote = connection.ops.quote_name

    def each(names: Iterable[str], between: str) -> str:
        return between.join(f"{quote(str(columns[name].column))} = %s" for name in names)

    written = [name for name in columns if name not in where]
    # Names of our own columns only; every value is a parameter.
    sql = f"UPDATE {quote(model._meta.db_table)} SET {each(written, ', ')} WHERE {each(where, ' AND ')}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [[columns[name].get_db_prep_save(row[name], connection) for name in (*written, *where)] for row in given],
        )
