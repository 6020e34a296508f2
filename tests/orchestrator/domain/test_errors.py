"""Errors: codes that clients rely on."""

import pytest

from common.errors import AppError
from orchestrator import errors

# A client need not tell a model that is away from one that stayed away, nor why a request was not taken.
SHARED = {errors.ModelExhausted, errors.ModelTooLong}


def subclasses(base: type[AppError]) -> set[type[AppError]]:
    return {
        c for one in base.__subclasses__() for c in {one, *subclasses(one)} if c.__module__ == errors.__name__
    }


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [one.code for one in subclasses(AppError) - SHARED]
    assert len(codes) == len(set(codes)) > 20


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("app_not_found", 404, False),
        ("prompt_empty", 422, False),
        ("prompt_too_large", 413, False),
        ("invalid_path", 422, False),
        ("file_locked", 423, False),
        ("file_too_large", 413, False),
        ("run_not_cancellable", 409, False),
        ("version_conflict", 412, False),
        ("idempotency_conflict", 409, False),
        ("model_unavailable", 503, True),
        ("model_cut", 503, True),
        ("model_rejected", 502, False),
    ],
)
def test_codes_and_statuses_are_the_promised_ones(code: str, status: int, retryable: bool) -> None:
    found = next(one for one in subclasses(AppError) - SHARED if one.code == code)
    assert (found.status, found.retryable) == (status, retryable)
