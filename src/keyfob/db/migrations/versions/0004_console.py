"""What the console needs: invitations, and requests for tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name, columns, which in (
        ("ends", ["account_id", "expires_at"], "expires_at IS NOT NULL AND revoked_at IS NULL"),
        ("off", ["account_id", "id"], "NOT enabled AND revoked_at IS NULL"),
    ):
        op.create_index(
            f"ix_tokens_{name}", "tokens", columns,
            sqlite_where=sa.text(which), postgresql_where=sa.text(which),
        )  # fmt: skip
    op.create_index("ix_audit_entries_action", "audit_entries", ["account_id", "action", "at"])
    op.create_index(
        "ix_audit_entries_actor", "audit_entries", ["account_id", "actor_kind", "actor_id", "at"]
    )
    op.add_column("users", sa.Column("vouched_by", sa.Integer()))
    op.create_table(
        "invitations",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invitations_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_invitations_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitations")),
        sa.UniqueConstraint("user_id", name=op.f("uq_invitations_user_id")),
    )
    op.create_index(op.f("ix_invitations_account_id"), "invitations", ["account_id"])
    op.create_table(
        "token_requests",
        sa.Column("id", sa.Integer(), sa.Identity(start=2_000_001), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.String(length=254)),
        sa.Column("answer", sa.String(length=1000)),
        sa.Column("token_id", sa.Integer()),
        sa.Column("collected_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_token_requests_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_token_requests_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["tokens.id"],
            name=op.f("fk_token_requests_token_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_requests")),
        sqlite_autoincrement=True,
    )
    for columns in (["account_id", "state", "created_at"], ["user_id"], ["token_id"]):
        op.create_index(op.f(f"ix_token_requests_{columns[0]}"), "token_requests", columns)
    if op.get_bind().dialect.name == "sqlite":  # where Identity's start is not known
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('token_requests', 2000000)")
