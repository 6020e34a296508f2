"""What people and models mean when Postgres says `syntax error`."""

import re

_NEAR = re.compile(r'at or near "([^"]{1,100})')

# By the word Postgres stopped at, in small letters.
_BY_WORD = {
    "auto_increment": "Write `bigint generated always as identity`.",
    "autoincrement": "Write `bigint generated always as identity`.",
    "`": "Names are quoted by double quotes, or not at all.",
    "#": "A comment begins with --.",
    "engine": "ENGINE is MySQL's: leave it out.",
    "unsigned": "Postgres has no unsigned numbers: add `check (column >= 0)`.",
    "user": "`user` is a reserved word: choose another name.",
    "order": "`order` is a reserved word: choose another name, as `orders` or `position`.",
    "references": "Write the column's type before REFERENCES.",
    "key": "Write `primary key (…)`, and CREATE INDEX for other keys.",
}
_IF_NOT_EXISTS = {
    "policy": "CREATE POLICY knows no IF NOT EXISTS: leave it out, each migration runs once.",
    "trigger": "CREATE TRIGGER knows no IF NOT EXISTS: write CREATE OR REPLACE TRIGGER.",
    "type": "CREATE TYPE knows no IF NOT EXISTS: leave it out, each migration runs once.",
    "function": "CREATE FUNCTION knows no IF NOT EXISTS: write CREATE OR REPLACE FUNCTION.",
    "view": "CREATE VIEW knows no IF NOT EXISTS: write CREATE OR REPLACE VIEW.",
    "constraint": "ADD CONSTRAINT knows no IF NOT EXISTS: leave it out, each migration runs once.",
    "domain": "CREATE DOMAIN knows no IF NOT EXISTS: leave it out, each migration runs once.",
}
_ELSE = "This is read by PostgreSQL's own grammar, as on Supabase."
_WORD = re.compile(r"[a-z]+")
_LOOK_BACK = 60


def hint_for(message: str, sql: str, offset: int) -> str:
    """What to write instead, as far as that can be guessed from where the grammar stopped."""
    near = _NEAR.search(message)
    word = near[1].lower() if near else ""
    if word in {"not", "if", "exists"}:
        before = _WORD.findall(sql[max(0, offset - _LOOK_BACK) : offset].lower())
        for earlier in reversed(before):
            if earlier in _IF_NOT_EXISTS:
                return _IF_NOT_EXISTS[earlier]
    if "unterminated" in message:
        return "Close it; a quote inside of a string is written twice."
    return _BY_WORD.get(word, _BY_WORD.get(word[:1], _ELSE))
