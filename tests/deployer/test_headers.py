"""What the apps' answers tell browsers to guard, as operators set it."""

import asyncio
import base64
import json
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from pydantic import ValidationError

from deployer.domain.headers import (
    BROWSER_FEATURES,
    app_headers,
    check_content_security_policy,
    check_frame_ancestors,
    check_permissions_policy,
    with_connection,
)
from deployer.domain.plan import Plan
from deployer.domain.script import Frame
from deployer.settings import Settings
from deployer.worker import runtime_source
from dev.edge.launcher import EDGE_DIR, Edge, node_binary
from tests.deployer.service import environment

ALL = {
    "content_security_policy": "default-src 'self'; img-src https: data:;",
    "frame_ancestors": "'self' https://builder.example.com",
    "permissions_policy": "usb=()",
    "referrer_policy": "no-referrer",
    "strict_transport_security": "max-age=60",
}


def test_frame_ancestors_are_part_of_the_one_policy() -> None:
    ancestors = "frame-ancestors 'self' https://builder.example.com"
    policy = f"default-src 'self'; img-src https: data:; {ancestors}"
    assert app_headers(**ALL)["content-security-policy"] == policy
    alone = {**ALL, "content_security_policy": ""}
    assert app_headers(**alone)["content-security-policy"] == ancestors


def test_an_empty_setting_sends_no_header() -> None:
    assert app_headers(**dict.fromkeys(ALL, "")) == {}


@pytest.mark.parametrize(
    "value", ["", "'self'", "'none'", "*", "https:", "'self' https://*.example.com:8443 http://localhost:*"]
)
def test_origins_may_frame_the_apps(value: str) -> None:
    assert check_frame_ancestors(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "self",
        "'none' https://a.example",
        "https://a.example; script-src *",
        "a,b",
        "'self'\nx: y",
        "https://ä.de",
    ],
)
def test_what_is_no_origin_frames_nothing(value: str) -> None:
    with pytest.raises(ValueError, match=r"quotation|origin|alone"):
        check_frame_ancestors(value)


@pytest.mark.parametrize("value", ["", ALL["content_security_policy"], "upgrade-insecure-requests"])
def test_a_policy_is_a_list_of_directives(value: str) -> None:
    assert check_content_security_policy(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "default-src 'self'\r\nset-cookie: a",
        "default-src 'self', img-src *",
        "frame-ancestors *",
        "Böse",
        "a=b",
    ],
)
def test_what_would_break_or_widen_a_policy_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"directive|FRAME_ANCESTORS"):
        check_content_security_policy(value)


DATA = "https://data.example.com"


@pytest.mark.parametrize(
    ("policy", "connect"),
    [
        ("default-src 'self'; img-src *", f"connect-src 'self' {DATA}"),
        ("connect-src 'self' https://a.b; default-src *", f"connect-src 'self' https://a.b {DATA}"),
        ("default-src 'none'", f"connect-src {DATA}"),
    ],
)
def test_an_app_may_call_its_database_whatever_the_policy(policy: str, connect: str) -> None:
    made = check_content_security_policy(with_connection(policy, DATA)).split("; ")
    assert made[-1] == connect
    assert len([directive for directive in made if directive.startswith("connect-src")]) == 1
    assert {"img-src *"} & set(made) == {"img-src *"} & set(policy.split("; "))


@pytest.mark.parametrize("policy", ["", "img-src https:"])
def test_a_policy_that_restricts_no_calls_stays_as_it_is(policy: str) -> None:
    assert with_connection(policy, DATA) == policy


@pytest.mark.parametrize(
    "value", ["", BROWSER_FEATURES, 'camera=(self "https://meet.example.com"), usb=*, midi=self,hid=()']
)
def test_features_have_allowlists(value: str) -> None:
    assert check_permissions_policy(value) == value


@pytest.mark.parametrize(
    "value",
    ["camera 'none'", "camera=()\n", "camera=(", "camera=('self')", "camera=(self,src)", "camera=();"],
)
def test_what_is_no_feature_with_an_allowlist_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no feature"):
        check_permissions_policy(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FRAME_ANCESTORS", "self"),
        ("CONTENT_SECURITY_POLICY", "default-src 'self'\nx: y"),
        ("PERMISSIONS_POLICY", "camera"),
        ("REFERRER_POLICY", "no-referrer\r\n"),
        ("STRICT_TRANSPORT_SECURITY", "a year"),
    ],
)
def test_the_deployer_does_not_start_with_headers_that_browsers_would_not_read(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    given = environment(edge, "postgresql://unused", "nats://unused")
    for known, text in {**given, name: ALL[name.lower()]}.items():
        monkeypatch.setenv(known, text)
    assert ALL[name.lower()].strip(";") in " ".join(Settings().app_headers().values())
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


async def test_only_own_domains_reached_by_https_are_pinned_to_it(tmp_path: Path) -> None:
    frame = Frame("dep_1", runtime_source(), app_headers(**ALL))
    script = frame.script(Plan((), (), (), None, frame.size()), 900_000)
    pinned = {
        "https://shop.example.com/": True,
        "https://shop.example.com:8443/": True,
        "http://shop.example.com/": False,
        "https://shop.account.workers.dev/": False,
        "http://shop.localhost:8787/": False,
    }
    asked = {
        "miniflare": str(EDGE_DIR / "node_modules" / "miniflare"),
        "modules": {module.name: base64.b64encode(module.data).decode() for module in script.modules},
        "urls": list(pinned),
    }
    program = Path(__file__).parent / "dispatch.mjs"
    process = await asyncio.create_subprocess_exec(
        node_binary(), program, stdin=PIPE, stdout=PIPE, cwd=tmp_path
    )
    printed, _ = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0
    answers = dict(zip(pinned, json.loads(printed), strict=True))
    sent = {url: answer.get("strict-transport-security") for url, answer in answers.items()}
    assert sent == {url: "max-age=60" if yes else None for url, yes in pinned.items()}
    assert {answer["referrer-policy"] for answer in answers.values()} == {"no-referrer"}
