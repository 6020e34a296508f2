"""The rules of an environment's variables."""

import pytest

from common.contracts import MAX_SECRETS
from common.keyring import Sealed
from deployer.domain.errors import InvalidSecret
from deployer.domain.secrets import MAX_PUBLIC_BYTES, Public, check_all, page_env, public

HIDDEN = Sealed("1", b"x" * 5000)


def test_a_page_has_the_public_variables_and_the_platforms_entries_before_them() -> None:
    values: dict[str, Sealed | Public] = {
        "APP_ID": public("mine"),
        "LIST": public([1, "\u2028"]),
        "HIDDEN": HIDDEN,
    }
    assert page_env("abcdefghjkmn", values) == {"APP_ID": "abcdefghjkmn", "LIST": [1, "\u2028"]}


def test_an_environment_holds_so_many_and_so_much_for_its_page() -> None:
    full: dict[str, Sealed | Public] = {f"S{n}": HIDDEN for n in range(MAX_SECRETS - 1)} | {
        "P": Public("1" * (MAX_PUBLIC_BYTES - 1))
    }
    check_all(full)
    with pytest.raises(InvalidSecret, match="at most 60"):
        check_all({**full, "S": HIDDEN})
    with pytest.raises(InvalidSecret, match="16,384"):
        check_all({**full, "P": Public("1" * MAX_PUBLIC_BYTES)})
