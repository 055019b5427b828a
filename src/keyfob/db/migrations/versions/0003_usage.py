"""How often each token was used, by hour and by day, and from where last."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("tokens", sa.Column("last_used_ip", sa.String(length=45)))
    op.add_column("tokens", sa.Column("last_used_agent", sa.String(length=200)))
    for name in ("usage_hourly", "usage_daily"):
        op.create_table(
            name,
            sa.Column("at", sa.BigInteger(), nullable=False),
            sa.Column("token_id", sa.Integer(), nullable=False),
            sa.Column("verdict", sa.String(length=30), nullable=False),
            sa.Column("uses", sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint(
                ["token_id"],
                ["tokens.id"],
                name=op.f(f"fk_{name}_token_id"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("at", "token_id", "verdict", name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
        op.create_index(op.f(f"ix_{name}_token_id"), name, ["token_id", "at"])
    op.create_table(
        "usage_writers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_writers")),
    )
