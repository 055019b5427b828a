"""The operator's invitations belong to no account."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("invitations") as invitations:  # SQLite makes the table anew
        invitations.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
