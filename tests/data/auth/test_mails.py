"""What people are written."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from data.domain.auth.mails import Mail, MailKind, verify_link, write_mail, write_reminder

APP = 'Tom & Ann\'s "Tea" <b>'
LINK = verify_link(
    "https://data.example.com/app_a/auth/v1", "t0k3n", MailKind.RECOVERY, "https://a.example/#x"
)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(mail: Mail) -> Links:
    parser = Links()
    parser.feed(mail.html)
    return parser


def write(kind: MailKind, link: str | None = LINK, code: str | None = "482913") -> Mail:
    return write_mail(kind, app=APP, address="ann@example.com", seconds=3600, link=link, code=code)


def test_a_link_carries_token_kind_and_where_to_go() -> None:
    parts = urlsplit(LINK)
    assert parts.path == "/app_a/auth/v1/verify"
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert asked == {"token": "t0k3n", "type": "recovery", "redirect_to": "https://a.example/#x"}


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_says_from_which_app_it_is_in_both_forms(kind: MailKind) -> None:
    mail = write(kind)
    page = read(mail)
    for form in (mail.text, page.text):
        assert APP in form
        assert "482913" in form
        assert "an hour" in form
    assert LINK in mail.text
    assert page.found == [LINK]
    assert "\n" not in mail.subject
    assert "{" not in mail.subject + mail.text


def test_the_name_of_an_app_is_no_html() -> None:
    assert "<b>" not in write(MailKind.CONFIRMATION).html


def test_a_name_cannot_fill_in_what_is_not_its_own() -> None:
    mail = write_mail(
        MailKind.MAGIC_LINK, app="{code}{link}", address="a@b.example", seconds=60, code="482913"
    )
    assert mail.subject == "Sign in to {code}{link}"


def test_a_code_alone_needs_no_link() -> None:
    mail = write(MailKind.REAUTHENTICATION, link=None)
    assert mail.subject == "482913 is your code"
    assert read(mail).found == []


def test_a_change_names_the_new_address() -> None:
    mail = write_mail(
        MailKind.EMAIL_CHANGE,
        app="Tea",
        address="ann@example.com",
        new_address="ann@new.example",
        seconds=600,
        link=LINK,
    )
    assert "ann@new.example" in mail.text
    assert "10 minutes" in mail.text


def test_who_has_an_account_is_told_of_a_sign_up_and_where_to_go() -> None:
    mail = write_reminder(app=APP, address="ann@example.com", link="https://app.example/")
    assert "ann@example.com" in mail.text
    assert "https://app.example/" in mail.text
    assert read(mail).found == ["https://app.example/"]
    assert "<b>" not in mail.html
