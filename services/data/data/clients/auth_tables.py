"""The SQL of what a shard keeps of sign-in for all its realms; the user pools are the realms' own."""

from collections.abc import Iterator

from data.domain.realm import PLATFORM

_TABLES = {
    "sessions": """
        id uuid PRIMARY KEY,
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        user_id uuid NOT NULL,
        aal text NOT NULL DEFAULT 'aal1',
        amr jsonb NOT NULL,
        user_agent text,
        ip text,
        created_at timestamptz NOT NULL DEFAULT now(),
        refreshed_at timestamptz NOT NULL DEFAULT now()""",
    "refresh_tokens": """
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES {platform}.sessions ON DELETE CASCADE,
        child bytea,
        salt bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz""",
    "one_time_tokens": """
        link_hash bytea PRIMARY KEY,
        code_hash bytea NOT NULL,
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        user_id uuid NOT NULL,
        kind text NOT NULL,
        address text NOT NULL,
        challenge text,
        challenge_method text,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        UNIQUE (realm, user_id, kind)""",
    "auth_codes": """
        hash bytea PRIMARY KEY,
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        user_id uuid NOT NULL,
        method text NOT NULL,
        challenge text NOT NULL,
        challenge_method text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL""",
    "identities": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        user_id uuid NOT NULL,
        provider text NOT NULL,
        provider_id text NOT NULL,
        identity_data jsonb NOT NULL,
        last_sign_in_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (realm, provider, provider_id)""",
    "sign_ups": """
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        address text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (realm, address, password_hash)""",
    "mail_requests": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        kind text NOT NULL,
        address text NOT NULL,
        user_id uuid,
        metadata jsonb,
        challenge text,
        challenge_method text,
        redirect_to text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        due_at timestamptz NOT NULL DEFAULT now()""",
    "mails": """
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        realm text NOT NULL REFERENCES {platform}.realms ON DELETE CASCADE,
        recipient text NOT NULL,
        sender_name text NOT NULL,
        subject text NOT NULL,
        body text NOT NULL,
        html text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT now()""",
}
_INDEXES = {
    "sessions": ("realm, user_id",),
    "refresh_tokens": ("session_id", "used_at"),
    "one_time_tokens": ("realm, address", "expires_at"),
    "auth_codes": ("expires_at", "realm"),
    "identities": ("realm, user_id",),
    "sign_ups": ("created_at",),
    "mail_requests": ("due_at", "realm"),
    "mails": ("due_at", "realm"),
}


def auth_statements(login: str) -> Iterator[str]:
    """What sign-in needs on a shard once, for the quoted login; all of it may be repeated."""
    for table, columns in _TABLES.items():
        yield f"CREATE TABLE IF NOT EXISTS {PLATFORM}.{table} ({columns.format(platform=PLATFORM)})"
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {PLATFORM}.{table} TO {login}"
    for table, indexes in _INDEXES.items():
        for columns in indexes:
            name = f"ix_{table}_{columns.replace(', ', '_')}"
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {PLATFORM}.{table} ({columns})"
