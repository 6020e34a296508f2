"""A table as a model is shown it: what it may write and who may see what."""

from dataclasses import asdict
from typing import Any

from data.domain.catalog import Catalog, Column, Relation


def table_view(catalog: Catalog, table: Relation) -> dict[str, Any]:
    """JSON of the table's columns, keys, references and policies; `rows` is an estimate, or null."""
    return {
        "name": table.name,
        "comment": table.comment,
        "shared": table.shared,
        "rows": table.rows,
        "columns": [_column(catalog, table, column) for column in table.columns],
        "primary_key": list(table.primary_key),
        "policies": [asdict(policy) for policy in table.policies],
    }


def _column(catalog: Catalog, table: Relation, column: Column) -> dict[str, Any]:
    references = [
        f"{key.table or 'auth.users'}({', '.join(key.referenced)})"
        for key in table.foreign_keys
        if column.name in key.columns
    ]
    return {
        "name": column.name,
        "type": column.shown,
        "values": list(catalog.plain(column.type).labels) or None,
        "required": column.not_null and column.default is None and column.identity is None,
        "nullable": not column.not_null,
        "default": column.default,
        "generated": column.generated or column.identity is not None,
        "references": references[0] if references else None,
    }
