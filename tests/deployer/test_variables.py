"""The rules of an environment's variables."""

import pytest

from common.contracts import MAX_SECRETS
from common.keyring import Sealed
from deployer.domain.errors import InvalidSecret
from deployer.domain.secrets import (
    MAX_PUBLIC_BYTES,
    Public,
    brings_database,
    check_all,
    page_env,
    public,
)

HIDDEN = Sealed("1", b"x" * 5000)


def test_a_page_has_the_public_variables_and_the_platforms_entries_before_them() -> None:
    values: dict[str, Sealed | Public] = {
        "APP_ID": public("mine"),
        "LIST": public([1, "\u2028"]),
        "HIDDEN": HIDDEN,
    }
    assert page_env("abcdefghjkmn", values, {}) == {"APP_ID": "abcdefghjkmn", "LIST": [1, "\u2028"]}


def test_an_environment_holds_so_many_and_so_much_for_its_page() -> None:
    full: dict[str, Sealed | Public] = {f"S{n}": HIDDEN for n in range(MAX_SECRETS - 1)} | {
        "P": Public("1" * (MAX_PUBLIC_BYTES - 1))
    }
    check_all(full)
    with pytest.raises(InvalidSecret, match="at most 60"):
        check_all({**full, "S": HIDDEN})
    with pytest.raises(InvalidSecret, match="16,384"):
        check_all({**full, "P": Public("1" * MAX_PUBLIC_BYTES)})


def test_people_can_bring_a_database_of_their_own_with_both_of_its_variables() -> None:
    url, key = public("https://mine.supabase.co"), public("sb_publishable_mine")
    both: dict[str, Sealed | Public] = {"SUPABASE_URL": url, "SUPABASE_PUBLISHABLE_KEY": key}
    assert brings_database(both)
    assert not brings_database({"SUPABASE_URL": url})
    assert not brings_database({**both, "SUPABASE_PUBLISHABLE_KEY": Sealed("1", b"x" * 40)})
    ours = {"SUPABASE_URL": "http://data.test/app_x", "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_ours"}
    assert page_env("app", both, {})["SUPABASE_URL"] == "https://mine.supabase.co"
    assert page_env("app", {"SUPABASE_URL": url}, ours) == {**ours, "APP_ID": "app"}
