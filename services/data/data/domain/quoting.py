"""Names and texts as SQL writes them, for statements that take no parameters."""


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal; raises ValueError for NUL, which PostgreSQL's texts cannot hold."""
    if "\0" in text:
        raise ValueError("PostgreSQL's texts hold no NUL")
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'" if "\\" in text else f"'{escaped}'"
