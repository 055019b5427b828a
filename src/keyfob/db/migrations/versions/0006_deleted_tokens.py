"""Few deleted tokens among many living ones are found without a look at those."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    deleted = sa.text("revoked_at IS NOT NULL")
    op.create_index(
        "ix_tokens_deleted",
        "tokens",
        ["account_id", "kind", "created_at", "id"],
        sqlite_where=deleted,
        postgresql_where=deleted,
    )
