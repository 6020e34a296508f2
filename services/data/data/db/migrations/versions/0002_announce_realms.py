"""announce realms.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION announce_realm() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('data_realms', coalesce(NEW.ref, OLD.ref));
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER announce_realm AFTER INSERT OR UPDATE OR DELETE ON realms "
        "FOR EACH ROW EXECUTE FUNCTION announce_realm()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER announce_realm ON realms")
    op.execute("DROP FUNCTION announce_realm()")
