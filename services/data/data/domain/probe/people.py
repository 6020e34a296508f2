"""Those who try: two people who have just signed up, and one who has not."""

import json
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up user; `tag` and `number` keep what the one writes apart from what the other does."""

    id: str
    email: str
    tag: str
    number: int

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


def made_up(number: int) -> Person:
    """Somebody nobody else is: what they own is known by their id."""
    id_ = uuid.uuid4()
    return Person(str(id_), f"probe-{id_.hex[:12]}@example.invalid", f"p{number}{id_.hex[:6]}", number)
