"""Those who try: two people who have just signed up, and one who has not."""

import json
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up user; `tag` keeps what the one writes apart from what the other does."""

    id: str
    email: str
    tag: str

    @property
    def claims(self) -> str:
        """What a token of sign-in says, as JSON."""
        return json.dumps(
            {
                "sub": self.id,
                "role": "authenticated",
                "aud": "authenticated",
                "email": self.email,
                "phone": "",
                "aal": "aal1",
                "is_anonymous": False,
                "app_metadata": {"provider": "email", "providers": ["email"]},
                "user_metadata": {},
            }
        )


ANONYMOUS_CLAIMS = json.dumps({"role": "anon"})


def made_up(tag: str) -> Person:
    """Somebody nobody else is: what they own is known by their id."""
    number = uuid.uuid4()
    return Person(str(number), f"probe-{number.hex[:12]}@example.invalid", f"{tag}{number.hex[:6]}")
