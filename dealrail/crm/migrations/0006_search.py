"""The words that records are found by, with an index in the way of each database, filled for what is there."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from dealrail.core import search

CHUNK = 1000
KINDS = ("customer", "contact", "deal")
# The tokenizer that leaves all but ASCII alone: our tokens are folded already, and it splits none of them.
SQLITE = """
CREATE VIRTUAL TABLE {table}_fts USING fts5(
    words, content='{table}', content_rowid='{kind}_id', tokenize='ascii', detail='none', prefix='2 3 4');
CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_fts(rowid, words) VALUES (new.{kind}_id, new.words);
END;
CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, words) VALUES ('delete', old.{kind}_id, old.words);
END;
CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, words) VALUES ('delete', old.{kind}_id, old.words);
    INSERT INTO {table}_fts(rowid, words) VALUES (new.{kind}_id, new.words);
END;
"""
UNDO_SQLITE = """
DROP TRIGGER {table}_added;
DROP TRIGGER {table}_removed;
DROP TRIGGER {table}_changed;
DROP TABLE {table}_fts;
"""
POSTGRES = "CREATE INDEX {table}_found ON {table} USING gin (array_to_tsvector(string_to_array(words, ' ')))"
UNDO_POSTGRES = "DROP INDEX {table}_found"


def _run(editor: Any, sqlite: str, postgres: str) -> None:
    for kind in KINDS:
        names = {"table": f"crm_{kind}words", "kind": kind}
        if editor.connection.vendor == "sqlite":
            for statement in _statements(sqlite.format(**names)):
                editor.execute(statement)
        else:
            editor.execute(postgres.format(**names))


def _statements(text: str) -> Iterator[str]:
    """Statement by statement; a trigger is one, up to its END."""
    statement = ""
    for line in text.strip().splitlines():
        statement += f"{line}\n"
        if line.startswith(("END;", "DROP")) or line.endswith("4');"):
            yield statement
            statement = ""


def make_indexes(apps: Any, editor: Any) -> None:
    """Have the database find records by their words."""
    _run(editor, SQLITE, POSTGRES)


def drop_indexes(apps: Any, editor: Any) -> None:
    """The way back."""
    _run(editor, UNDO_SQLITE, UNDO_POSTGRES)


def _of_customer(row: Any) -> str:
    return search.tokens(names=[row.name], codes=[row.code, row.credit_code], phones=[row.phone], company=True)


def _of_contact(row: Any) -> str:
    return search.tokens(names=[row.name], phones=[row.phone])


def _of_deal(row: Any) -> str:
    return search.tokens(names=[row.name], codes=[row.code])


def fill(apps: Any, editor: Any) -> None:
    """Write down the words of all there is."""
    words_of: dict[str, Callable[[Any], str]] = {"customer": _of_customer, "contact": _of_contact, "deal": _of_deal}
    for kind, words in words_of.items():
        model = apps.get_model("crm", f"{kind}words")
        rows = apps.get_model("crm", kind).objects.order_by("pk").iterator(chunk_size=CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            model.objects.bulk_create([model(pk=row.pk, words=words(row)) for row in chunk])


def _table(kind: str) -> migrations.CreateModel:
    record = models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        related_name="words",
        serialize=False,
        to=f"crm.{kind}",
    )
    return migrations.CreateModel(name=f"{kind.title()}Words", fields=[(kind, record), ("words", models.TextField())])


class Migration(migrations.Migration):
    dependencies = [("crm", "0005_days_work")]
    operations = [
        *map(_table, KINDS),
        migrations.RunPython(make_indexes, drop_indexes),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
