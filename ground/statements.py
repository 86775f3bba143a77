"""Statements whose SQL is made once, for what is asked many times a second.

Building a query with Django's ORM and turning it into SQL costs four times what the database and its driver cost together
(``docs/adr/0030``). A statement here is written as any other query, once, with a place where each value goes; the SQL that comes
of it is kept for each kind of database, and only the values are new. Converters, locks and column names are the ORM's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import FlatValuesListIterable, ModelIterable, QuerySet, ValuesIterable, ValuesListIterable
from django.db.models.sql import UpdateQuery

R = TypeVar("R")


UUID = models.UUIDField()
TEXT = models.TextField()
NUMBER = models.IntegerField()
MOMENT = models.DateTimeField()
DAY = models.DateField()
FLAG = models.BooleanField()
MONEY = models.DecimalField(max_digits=14, decimal_places=6)


@dataclass(frozen=True)
class Each:
    """Of a value that is a collection: the field of one of its members."""

    field: models.Field[Any, Any]


Kind: TypeAlias = "models.Field[Any, Any] | Each"
_Make = Callable[[BaseDatabaseWrapper, Sequence[Sequence[Any]]], list[Any]]


class Given(models.Expression):
    """The place of a value in a statement."""

    def __init__(self, name: str, place: int | None, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name, self.place = name, place

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


@dataclass(frozen=True)
class _Written:
    """The SQL of a statement on one kind of database."""

    sql: str
    params: tuple[Any, ...]
    """Values, and ``Given`` where one is to be put in."""

    def run(self, here: BaseDatabaseWrapper, cursor: Any, given: dict[str, Any]) -> None:
        cursor.execute(self.sql, [_value(here, one, given) if isinstance(one, Given) else one for one in self.params])


def _value(here: BaseDatabaseWrapper, place: Given, given: dict[str, Any]) -> Any:
    value = given[place.name] if place.place is None else given[place.name][place.place]
    return place.output_field.get_db_prep_value(value, here)


class _Statement:
    def __init__(self, kinds: dict[str, Kind]) -> None:
        self._kinds = kinds
        self._written: dict[tuple[Any, ...], Any] = {}

    def _places(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the statement is built with instead of values."""
        return {
            name: [Given(name, place, kind.field) for place in range(len(given[name]))]
            if isinstance(kind, Each)
            else Given(name, None, kind)
            for name, kind in self._kinds.items()
        }

    def _given(self, given: dict[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...], bool]:
        """The values, under what the SQL is kept, and whether a collection is empty."""
        if given.keys() != self._kinds.keys():
            raise TypeError(
                f"The statement takes {', '.join(self._kinds) or 'nothing'}; it was given {', '.join(given) or 'nothing'}."
            )
        found, sizes = dict(given), []
        for name, kind in self._kinds.items():
            if isinstance(kind, Each):
                found[name] = list(given[name])
                sizes.append(len(found[name]))
        return found, (_here().vendor, *sizes), 0 in sizes


class Select(_Statement, Generic[R]):
    """Rows, as the query gives them: model instances, ``values()`` or ``values_list()``.

    ``build`` is given a place for each name in ``kinds`` and returns the query. No value may be None: in SQL nothing equals it.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, R]], **kinds: Kind) -> None:
        super().__init__(kinds)
        self._build = build

    def __call__(self, **given: Any) -> list[R]:
        """The rows for these values. Raises ``TransactionManagementError`` for a lock outside a transaction, ``TypeError`` for
        other names than those of the statement and ``ValueError`` for None."""
        values, key, is_empty = self._given(given)
        if is_empty:
            return []
        if None in values.values():
            raise ValueError("A statement that reads was given None; ask for rows without a value in a query of its own.")
        here = _here()
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = self._write(here, values)
        written, locks, make = found
        if locks and not here.in_atomic_block:
            raise transaction.TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with here.cursor() as cursor:
            written.run(here, cursor, values)
            rows = cursor.fetchall()
        return cast("list[R]", make(here, rows))

    def first(self, **given: Any) -> R | None:
        """The first row, None when there is none. The query should be in an order, or have one row."""
        return next(iter(self(**given)), None)

    def _write(self, here: BaseDatabaseWrapper, values: dict[str, Any]) -> tuple[_Written, bool, _Make]:
        queryset = self._build(**self._places(values))
        compiler = queryset.query.get_compiler(connection=here)
        sql, params = compiler.as_sql()
        locks = bool(queryset.query.select_for_update and here.features.has_select_for_update)
        return _Written(sql, tuple(params)), locks, _maker(queryset, compiler)


def _maker(queryset: QuerySet[Any, Any], compiler: Any) -> _Make:
    """How rows of the driver become what the query gives, as the ORM's own iterables do it."""
    kind: type[Any] = queryset._iterable_class  # there is no public name for it
    query, width = queryset.query, len(compiler.select)
    converters = list(compiler.get_converters([one[0] for one in compiler.select]).items())

    def converted(here: BaseDatabaseWrapper, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        # A column that is only there for the order stands behind the others.
        found = [list(row[:width]) for row in rows]
        for place, (convert, expression) in converters:
            for row in found:
                for step in convert:
                    row[place] = step(row[place], expression, here)
        return found

    if kind is ValuesIterable:
        names = list(query.selected or (*query.values_select, *query.annotation_select))
        return lambda here, rows: [dict(zip(names, row, strict=True)) for row in converted(here, rows)]
    if kind is FlatValuesListIterable:
        return lambda here, rows: [row[0] for row in converted(here, rows)]
    if kind is ValuesListIterable:
        return lambda here, rows: [tuple(row) for row in converted(here, rows)]
    if kind is ModelIterable and not compiler.annotation_col_map and not compiler.klass_info.get("related_klass_infos"):
        columns = [expression.target.attname for expression, *_ in compiler.select]
        return lambda here, rows: [queryset.model.from_db(here.alias, columns, row) for row in converted(here, rows)]
    raise TypeError(f"A statement cannot give what {queryset.model.__name__} is asked for here.")


class Update(_Statement):
    """New values for the rows of a query.

    ``build`` is given a place for each name in ``kinds`` and returns the query and the new values by field.
    """

    def __init__(self, build: Callable[..., tuple[QuerySet[Any, Any], dict[str, Any]]], **kinds: Kind) -> None:
        super().__init__(kinds)
        self._build = build

    def __call__(self, **given: Any) -> int:
        """How many rows were written. Raises ``TypeError`` for other names than those of the statement."""
        values, key, is_empty = self._given(given)
        if is_empty:
            return 0
        here = _here()
        written = self._written.get(key)
        if written is None:
            written = self._written[key] = self._write(here, values)
        with here.cursor() as cursor:
            written.run(here, cursor, values)
            return int(cursor.rowcount)

    def _write(self, here: BaseDatabaseWrapper, values: dict[str, Any]) -> _Written:
        queryset, new = self._build(**self._places(values))
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(new)
        sql, params = query.get_compiler(connection=here).as_sql()
        return _Written(sql, tuple(params))


def insert(rows: Collection[models.Model]) -> None:
    """Insert new rows of one model. No signal is sent and nothing is read back: a key that the database makes stays unknown."""
    given, here = list(rows), _here()
    if not given:
        return
    sql, columns = _inserting(type(given[0]), here.vendor)
    _run_each(here, sql, [[one.get_db_prep_save(one.pre_save(row, True), here) for one in columns] for row in given])
    for row in given:
        row._state.adding, row._state.db = False, here.alias


def write_each(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, where: Sequence[str]) -> None:
    """Write rows that differ: each mapping names the fields of one and their new values; those in ``where`` say which row it is.

    All with the same fields. They are sent without waiting in between (psycopg's pipeline): an update per row, or one with a case
    for each row and field, costs many times that.
    """
    given, here = list(rows), _here()
    if not given:
        return
    sql, columns = _writing(model, tuple(given[0]), tuple(where), here.vendor)
    _run_each(here, sql, [[one.get_db_prep_save(row[one.name], here) for one in columns] for row in given])


def _run_each(here: BaseDatabaseWrapper, sql: str, params: Sequence[Sequence[Any]]) -> None:
    with here.cursor() as cursor:
        if len(params) == 1:  # a pipeline for one costs more than it saves
            cursor.execute(sql, params[0])
        else:
            cursor.executemany(sql, params)


# Below, names of our own columns only; every value is a parameter.


@functools.cache
def _inserting(model: type[models.Model], vendor: str) -> tuple[str, list[models.Field[Any, Any]]]:
    columns = [one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField)]
    names, places = ", ".join(map(_quoted, columns)), ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_table(model)} ({names}) VALUES ({places})", columns  # noqa: S608


@functools.cache
def _writing(
    model: type[models.Model], names: tuple[str, ...], where: tuple[str, ...], vendor: str
) -> tuple[str, list[models.Field[Any, Any]]]:
    found = {one.name: one for one in model._meta.concrete_fields if one.name in names}
    written, known = [found[name] for name in found if name not in where], [found[name] for name in where]
    new, which = ", ".join(f"{_quoted(one)} = %s" for one in written), " AND ".join(f"{_quoted(one)} = %s" for one in known)
    return f"UPDATE {_table(model)} SET {new} WHERE {which}", [*written, *known]  # noqa: S608


def _here() -> BaseDatabaseWrapper:
    """The connection of this thread: Django's own name for it looks it up again at each word."""
    return connections[DEFAULT_DB_ALIAS]


def _table(model: type[models.Model]) -> str:
    return _here().ops.quote_name(model._meta.db_table)


def _quoted(column: models.Field[Any, Any]) -> str:
    return _here().ops.quote_name(str(column.column))
