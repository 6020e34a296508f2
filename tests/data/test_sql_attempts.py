"""Migrations that reach for another app's data, or for the platform's, are refused before they run."""

import pytest

from data.domain.sql.findings import Level
from data.domain.sql.parse import load
from data.domain.sql.review import review
from tests.data.hostile import Attempt, attempts

ALL = tuple(attempts())


def test_there_are_many() -> None:
    assert len(ALL) > 60
    assert len({attempt.name for attempt in ALL}) == len(ALL)


@pytest.mark.parametrize("attempt", ALL, ids=lambda attempt: attempt.name)
def test_each_is_refused_for_its_reason(attempt: Attempt) -> None:
    sql = attempt.between("app_k7v0aaaaaaaa", "app_m2x9aaaaaaaa")
    read = load({"supabase/migrations/1_attempt.sql": sql})
    assert read[0].statements
    assert attempt.code in {finding.code for finding in review(read) if finding.level is Level.ERROR}
