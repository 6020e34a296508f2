"""Which packages apps may have, by their names, licences and lockfiles alone."""

import json
from importlib.resources import files

import pytest

from builder.domain.packages.licences import is_permissive
from builder.domain.packages.lockfile import brought, pinned_versions, require_allowed, signed
from builder.domain.packages.policy import imitated, shipped
from builder.errors import PackageRefused
from common.contracts import own_packages
from common.contracts.templates import TemplateRef


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("(MIT OR GPL-3.0)", True),
        ("MIT AND Zlib", True),
        ("MIT AND GPL-3.0", False),
        ("(MIT AND (GPL-3.0 OR ISC)) OR AGPL-3.0", True),
        ("(MIT", False),
        ("MIT OR", False),
        ("MIT)", False),
        ("", False),
        ("UNLICENSED", False),
        ("SEE LICENSE IN LICENSE", False),
        ("(" * 199, False),
        ("MIT;GPL-3.0", False),
    ],
)
def test_a_licence_is_permissive_if_it_leaves_that_choice(expression: str, *, permissive: bool) -> None:
    assert is_permissive(expression) is permissive


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lodahs", "lodash"),
        ("loadsh", "lodash"),
        ("lodashs", "lodash"),
        ("qrcodereact", "qrcode.react"),
        ("qr-code.react", "qrcode.react"),
        ("thre", "three"),
        ("tree-js-maker", None),
        ("ms2", None),
    ],
)
def test_a_name_one_slip_away_from_a_known_one_imitates_it(name: str, meant: str | None) -> None:
    found = imitated(name, shipped().allowed)
    assert (meant in found) if meant else not found


@pytest.mark.parametrize(
    "name",
    [
        "Lodash", "../x", "lodash/../x", "a b", "", "@x", "@a/b/c", "lödash", "-g", "lodash\n", "@scope/",
        "lodash ", "lodash@1", "npm:lodash", "@scope/../x", "x.tgz", "@a/x.tar.gz", "x.tar", "lo\uff44ash",
    ],
)  # fmt: skip
def test_what_is_no_name_never_reaches_npm(name: str) -> None:
    with pytest.raises(PackageRefused, match="no name of a package"):
        shipped().check(name, "latest")


@pytest.mark.parametrize(
    "wish",
    [
        "npm:evil@1.0.0", "git+https://x/y.git", "user/repo", "file:../x", "./x", "1.0.0-a.tgz", "x.tgz",
        "http://x/y.tgz", "next", "--registry=http://x", "latest\n", ">=1 <2", "", "1\u0663", "1.\u0663.0",
    ],
)  # fmt: skip
def test_a_wish_for_anything_but_a_version_never_reaches_npm(wish: str) -> None:
    with pytest.raises(PackageRefused, match="no range of versions"):
        shipped().check("lodash", wish)


@pytest.mark.parametrize("wish", ["latest", "1", "^1.2.3", "~0.170.0", "1.x", "1.2.*", "2.0.0-rc.1"])
def test_ordinary_wishes_are_understood(wish: str) -> None:
    assert shipped().check("lodash", wish)


@pytest.mark.parametrize(
    "version",
    ["1.0.0-rc1", "0.5.0-next.1.2", "0.0.0-experimental-2f9a3b4c-20260101", "1.2.3+Build.7", "0.170.0"],
)
def test_whatever_version_an_app_has_may_stay(version: str) -> None:
    assert shipped().check("lodash", version, kept=True)
    assert not shipped().check("some-package-of-nobody", version, kept=True)


@pytest.mark.parametrize(
    "version", ["^1.0.0", "latest", "1.0.0-a.tgz", "1.0.0-a.TAR.GZ", "1.0.0-a/b", "1.0.0 ", "1.x"]
)
def test_what_no_app_can_have_is_not_kept(version: str) -> None:
    with pytest.raises(PackageRefused, match="no range of versions"):
        shipped().check("lodash", version, kept=True)


def test_the_shipped_list_names_each_package_once_and_never_what_it_says_no_to() -> None:
    stored = json.loads((files("builder.domain.packages") / "packages.json").read_text())
    names = [name for group in stored["allowed"].values() for name in group]
    assert len(names) == len(set(names)) > 500
    policy = shipped()
    assert not policy.allowed & policy.instead.keys()
    assert policy.types.keys() <= policy.allowed
    for name in policy.allowed | set(policy.types.values()):
        assert policy.check(name, "latest")


def test_types_come_with_what_they_are_of_and_go_with_it() -> None:
    policy = shipped()
    assert policy.wanted({"three": "0.170.0"}, ()) == {"three": "0.170.0", "@types/three": "latest"}
    kept = {"three": "0.170.0", "@types/three": "0.170.1"}
    assert policy.wanted(kept, ()) == kept
    assert policy.wanted({"@types/three": "0.170.1"}, ()) == {}
    assert policy.wanted({"react": "19.0.0", "three": "1.0.0"}, ["react", "@types/three"]) == {
        "three": "1.0.0"
    }


def lock(**packages: dict[str, object]) -> bytes:
    entries = {f"node_modules/{name}": about for name, about in packages.items()}
    return json.dumps({"packages": {"": {}, **entries}}).encode()


GOOD: dict[str, object] = {"version": "1.0.0", "integrity": "sha512-x", "license": "MIT"}


def test_what_a_template_brings_stays_as_it_is() -> None:
    [entry] = brought(lock(a=GOOD), lock(a={**GOOD, "peer": True}, b=GOOD))
    assert (entry.name, entry.version) == ("b", "1.0.0")
    for changed in ({**GOOD, "version": "1.0.1"}, {**GOOD, "integrity": "sha512-y"}):
        with pytest.raises(PackageRefused, match=r"a 1\.0\.0 would become another"):
            brought(lock(a=GOOD), lock(a=changed))
    with pytest.raises(PackageRefused, match="another version"):
        brought(lock(a=GOOD), lock())


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolved": "https://elsewhere/x.tgz"},
        {"link": True},
        {"inBundle": True},
        {"integrity": ""},
        {"hasInstallScript": True},
        {"cpu": ["x64"]},
        {"license": "AGPL-3.0"},
    ],
)
def test_an_entry_that_no_app_may_have_is_refused(wrong: dict[str, object]) -> None:
    require_allowed(brought(lock(), lock(x=GOOD)))
    with pytest.raises(PackageRefused, match=r"^x 1\.0\.0 "):
        require_allowed(brought(lock(), lock(x={**GOOD, **wrong})))


def test_a_package_that_brings_hundreds_is_refused() -> None:
    many = lock(**{f"p{number}": GOOD for number in range(200)})
    with pytest.raises(PackageRefused, match="brings 200 packages"):
        require_allowed(brought(lock(), many))


def test_a_manifest_says_which_packages_are_the_apps_own() -> None:
    made = lock(x=GOOD)
    pinned = pinned_versions(made, ["x", "y"])
    manifest = signed(b'{"name":"app"}', TemplateRef.parse("vite-react@2.0.0"), pinned)
    assert own_packages(manifest) == {"x": "1.0.0"}
    for other in (b"{}", b"[]", b"no", None, b'{"overskill":{"packages":[]}}', b'{"overskill":7}'):
        assert own_packages(other) is None
