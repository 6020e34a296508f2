"""Path and query parameters that pydantic would read more generously than their schema says."""

import re

from pydantic import BeforeValidator

_DIGITS = re.compile("[0-9]+")


def _check_digits(value: object) -> object:
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be written in digits only")
    return value


PLAIN_DIGITS = BeforeValidator(_check_digits)
"""Beside an int, a natural number in ASCII digits: not `1_0`, `+1`, ` 1` or `1.0`.

It stands last in an Annotated: bounds that come after it would not be in the schema.
"""
