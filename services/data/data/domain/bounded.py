"""How much of a query's answer one request may have: whole rows, up to so many bytes."""


def bounded(query: str, max_rows: int, max_bytes: int, *, total: str = "count(*)") -> str:
    """The query's rows as one answer of a gate: `total` of them, `returned` within the limits, as JSON.

    The first row is returned whatever its size. There are more rows than are returned when `total` is more.
    """
    within = f"FILTER (WHERE n <= {max_rows:d} AND before < {max_bytes:d})"
    return (
        f"SELECT ({total})::bigint, count(*) {within}::bigint, "
        f"'[' || coalesce(string_agg(line, ',' ORDER BY n) {within}, '') || ']'\n"
        "FROM (SELECT n, line, sum(octet_length(line)) OVER (ORDER BY n) - octet_length(line) AS before\n"
        "FROM (SELECT row_number() OVER () AS n, row_to_json(answer)::text AS line\n"
        f"FROM (SELECT * FROM ({query}\n) asked LIMIT {max_rows + 1:d}) answer) numbered) measured"
    )
