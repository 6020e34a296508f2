"""The functions of a shard that rendered statements call: counts by the planner, what an answer must meet."""

from collections.abc import Iterator

from data.domain.realm import PLATFORM
from data.domain.rest.statement import CHECKS

STALE = "OS001"
TOO_LARGE = "OS413"
NOT_SINGLE = "OS116"
TOO_MANY = "OS124"
"""SQLSTATEs of what an answer does not meet; the detail is a number."""


def check_statements() -> Iterator[str]:
    """All may be repeated."""
    yield f"CREATE SCHEMA IF NOT EXISTS {CHECKS}"
    yield f"GRANT USAGE ON SCHEMA {CHECKS} TO PUBLIC"
    # The version is the platform's to know: the function sees it with the rights of who made it.
    yield f"""CREATE OR REPLACE FUNCTION {CHECKS}.version(realm text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT schema_version FROM {PLATFORM}.realms WHERE ref = realm $$"""
    yield f"""CREATE OR REPLACE FUNCTION {CHECKS}.accepts(
      realm text, version bigint, returned bigint, bytes bigint, most_bytes bigint,
      single boolean, most bigint)
    RETURNS boolean LANGUAGE plpgsql VOLATILE AS
    $$ BEGIN
      IF {CHECKS}.version(realm) IS DISTINCT FROM version THEN
        RAISE EXCEPTION 'the schema has changed' USING ERRCODE = '{STALE}';
      ELSIF bytes > most_bytes THEN
        RAISE EXCEPTION 'the answer is too large' USING ERRCODE = '{TOO_LARGE}', DETAIL = bytes::text;
      ELSIF single AND returned <> 1 THEN
        RAISE EXCEPTION 'not one row' USING ERRCODE = '{NOT_SINGLE}', DETAIL = returned::text;
      ELSIF returned > most THEN
        RAISE EXCEPTION 'too many rows' USING ERRCODE = '{TOO_MANY}', DETAIL = returned::text;
      END IF;
      RETURN true;
    END $$"""
    yield from _weight()
    yield from _counts()


def _weight() -> Iterator[str]:
    """Adds up while rows come: an answer that will be refused is not made first."""
    yield f"""CREATE OR REPLACE FUNCTION {CHECKS}.weigh(sum bigint, bytes integer, most_bytes bigint)
    RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN
      IF sum + bytes > most_bytes THEN
        RAISE EXCEPTION 'the answer is too large'
          USING ERRCODE = '{TOO_LARGE}', DETAIL = (sum + bytes)::text;
      END IF;
      RETURN sum + bytes;
    END $$"""
    yield f"""CREATE OR REPLACE AGGREGATE {CHECKS}.weight(integer, bigint) (
      SFUNC = {CHECKS}.weigh, STYPE = bigint, INITCOND = '0')"""


def _counts() -> Iterator[str]:
    yield f"""CREATE OR REPLACE FUNCTION {CHECKS}.planned(query text, params text[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE AS
    $$ DECLARE plan json; BEGIN
      EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan USING params;
      RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint;
    END $$"""
    yield f"""CREATE OR REPLACE FUNCTION {CHECKS}.estimated(query text, params text[], few bigint)
    RETURNS bigint LANGUAGE plpgsql VOLATILE AS
    $$ DECLARE found bigint; BEGIN
      EXECUTE 'SELECT count(*) FROM (' || query || ' LIMIT ' || few + 1 || ') AS found'
      INTO found USING params;
      RETURN CASE WHEN found <= few THEN found ELSE greatest(found, {CHECKS}.planned(query, params)) END;
    END $$"""
