"""How much of a query's answer one request may have: whole rows, up to so many bytes."""


def bounded(query: str, max_bytes: int, *, total: str = "count(*)") -> str:
    """The query's rows as one answer of a gate: `total` of them, `returned` within the bytes, as JSON.

    The first row is returned whatever its size.
    """
    within = f"FILTER (WHERE before < {max_bytes:d})"
    return (
        f"SELECT ({total})::bigint, count(*) {within}::bigint, "
        f"'[' || coalesce(string_agg(line, ',' ORDER BY n) {within}, '') || ']'\n"
        "FROM (SELECT n, line, sum(octet_length(line)) OVER (ORDER BY n) - octet_length(line) AS before\n"
        "FROM (SELECT row_number() OVER () AS n, row_to_json(answer)::text AS line\n"
        f"FROM ({query}\n) answer) numbered) measured"
    )
