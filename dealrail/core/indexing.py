"""Taking an index away without writing the table anew, as SQLite otherwise does for every changed field."""

from typing import Any

from django.db.migrations import AlterField


class WithoutIndex(AlterField):
    """The field loses the index that Django made for it, and changes in nothing else; the way back makes it again."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the index named after the field's column; others that begin with the column stay."""
        model = to_state.apps.get_model(app_label, self.model_name)
        table, column = model._meta.db_table, model._meta.get_field(self.name).column
        with schema_editor.connection.cursor() as cursor:
            known = schema_editor.connection.introspection.get_constraints(cursor, table)
        for name, found in known.items():
            is_plain = found["index"] and not found["unique"] and found["columns"] == [column]
            if is_plain and name.startswith(f"{table}_{column}_"):
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")
