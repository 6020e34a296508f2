"""Types of path and query parameters that pydantic would read more generously than their schema says."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_DIGITS = re.compile("[0-9]+")


def _check_digits(value: object) -> object:
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be written in digits only")
    return value


PlainInt = Annotated[int, BeforeValidator(_check_digits)]
"""A natural number in ASCII digits: not `1_0`, `+1`, ` 1` or `1.0`."""
