"""How much of a query's answer one request may have: whole rows, up to so many bytes."""

LARGEST = 32_000_000
"""Bytes that are never answered: of rows that are small enough the last may be larger than what is left."""


def bounded(query: str, max_rows: int, max_bytes: int, *, total: str = "count(*)") -> str:
    """The query's rows as one answer of a gate: `total` of them, `returned` within the limits, as JSON.

    Rows are returned until they have `max_bytes`, and none with which they would have more than LARGEST: so
    there may be none though there are some. There are more rows than are returned when `total` is more.
    """
    small = f"upto - octet_length(line) < {max_bytes:d} AND upto <= {LARGEST:d}"
    within = f"FILTER (WHERE n <= {max_rows:d} AND {small})"
    return (
        f"SELECT ({total})::bigint, count(*) {within}::bigint, "
        f"'[' || coalesce(string_agg(line, ',' ORDER BY n) {within}, '') || ']'\n"
        "FROM (SELECT n, line, sum(octet_length(line)) OVER (ORDER BY n) AS upto\n"
        "FROM (SELECT row_number() OVER () AS n, row_to_json(answer)::text AS line\n"
        f"FROM (SELECT * FROM ({query}\n) asked LIMIT {max_rows + 1:d}) answer) numbered) measured"
    )
