"""
Every table, in one file. Moments are milliseconds since 1970 (`UtcTime`).

Ids that people and programs see start at 2,000,001 and are never used again (contract 1.10).
What the audit trail says outlives what it speaks of, so it points at nothing by foreign key.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TextClause,
    text,
)

from keyfob.db.types import UtcTime

FIRST_ID: Final = 2_000_001

# Of which tokens a name is unique. A query says the same, word for word: an engine that does not
# know yet which kind is asked for sees by it that the index will do, and need not read them all.
HAS_LIVING_NAME: Final = text("revoked_at IS NULL AND kind <> 'share'")

# The few tokens that Home or a search asks for; a query says these, too, word for word.
IS_OFF: Final = text("NOT enabled AND revoked_at IS NULL")
ENDS: Final = text("expires_at IS NOT NULL AND revoked_at IS NULL")
IS_DELETED: Final = text("revoked_at IS NOT NULL")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _index_where(which: TextClause, name: str, *columns: str, unique: bool = False) -> Index:
    """An index over some of the rows only, on both engines."""
    return Index(name, *columns, unique=unique, sqlite_where=which, postgresql_where=which)


def _id() -> Column[int]:
    return Column("id", Integer, Identity(start=FIRST_ID), primary_key=True)


instance = Table(
    "instance",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_brand", String(12), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("single", Boolean, nullable=False, unique=True),
    CheckConstraint("single", name="one_row"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Integer, Identity(start=1), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("type", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column(
        "main_id", Integer, ForeignKey("accounts.id"), index=True
    ),  # null: it is a main account itself
    Column("created_at", UtcTime, nullable=False),
    Column("suspended_at", UtcTime),
    sqlite_autoincrement=True,
)

plans = Table(
    "plans",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String(20), nullable=False),
    Column("volume_gb", Float, nullable=False),
    Column("flexible", Boolean, nullable=False),
    Column("max_shipping_tokens", Integer, nullable=False),
    Column("shared_tokens", Boolean, nullable=False),
)

account_settings = Table(
    "account_settings",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("reserved_gb", Float),
    Column("max_daily_gb", Float),
    Column("soft_limit_gb", Float),
    Column("retention_days", Integer, nullable=False),
    Column("warm_days", Integer),  # null: no warm tier
    Column("last_warm_at", UtcTime),
    Column("searchable", Boolean, nullable=False),
    Column("accessible", Boolean, nullable=False),
    Column("doc_size", Boolean, nullable=False),
    Column("utilization", Boolean, nullable=False),
    Column("frequency_minutes", Integer),
    Column("plan_uts", Integer),  # of a metrics account
    Column("updated_at", UtcTime, nullable=False),
    Column("updated_by", Integer, nullable=False),  # a user's id; 0: the operator
)

account_links = Table(
    "account_links",  # whom an account shares with, in the order that was sent
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column(
        "other_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False,
        index=True,
    ),
)  # fmt: skip

closed_accounts = Table(
    "closed_accounts",  # what is left of a deleted account: whose trail its entries are now
    metadata,
    Column("id", Integer, primary_key=True),
    Column("main_id", Integer, nullable=False, index=True),
    Column("type", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("closed_at", UtcTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    _id(),
    Column("email", String(254), nullable=False, unique=True),  # lower case
    Column("full_name", String(100), nullable=False),
    Column("password_hash", String(200)),
    Column("vouched_by", Integer),  # whose invitation the password was chosen by; null: nobody's
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

memberships = Table(
    "memberships",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    Column("role", String(30), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the cookie's value
    Column(
        "user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("created_at", UtcTime, nullable=False),
    Column("authenticated_at", UtcTime, nullable=False),  # when a factor was last shown
    Column("seen_at", UtcTime, nullable=False),
    Column("ip", String(45), nullable=False),
    Column("agent", String(300), nullable=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("id", Integer, Identity(start=1), primary_key=True),
    Column("subject", String(80), nullable=False),  # whom it was counted against
    Column("at", UtcTime, nullable=False),
    Index(None, "subject", "at"),
    sqlite_autoincrement=True,
)

invitations = Table(
    "invitations",  # of somebody without a password: the link lets them choose one, once
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the link's last part
    Column(
        "user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    ),  # null: the operator made it
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

setup_links = Table(
    "setup_links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the link's last part
    Column("expires_at", UtcTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    _id(),
    Column("public_id", String(16), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("name_key", String(400), nullable=False),  # what "the same name" means
    Column("description", String(1000), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("restrictions", JSON, nullable=False),
    Column("verifier", LargeBinary(32), nullable=False),  # HMAC-SHA-256 of the token
    Column("pepper_id", SmallInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("retrievable", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(254), nullable=False),
    Column("responsible", String(254), nullable=False),  # the e-mail address of a person, or empty
    Column("updated_at", UtcTime, nullable=False),
    Column("updated_by", String(254), nullable=False),
    Column("not_before", UtcTime),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("last_used_ip", String(45)),  # null: nobody said
    Column("last_used_agent", String(200)),
    Column("filters_operator", String(3)),  # of a shared token
    Column("row_version", Integer, nullable=False),
    Index("ix_tokens_newest", "account_id", "kind", "created_at", "id"),
    _index_where(ENDS, "ix_tokens_ends", "account_id", "expires_at"),
    _index_where(IS_OFF, "ix_tokens_off", "account_id", "id"),
    # A few deleted ones among many living ones are found without a look at those.
    _index_where(IS_DELETED, "ix_tokens_deleted", "account_id", "kind", "created_at", "id"),
    _index_where(
        HAS_LIVING_NAME, "uq_tokens_living_name", "account_id", "kind", "name_key", unique=True
    ),
    sqlite_autoincrement=True,
)

token_requests = Table(
    "token_requests",  # a member without the right to make tokens asks the account's admins for one
    metadata,
    _id(),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column(
        "user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("name", String(100), nullable=False),
    Column("reason", String(1000), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Column("decided_by", String(254)),
    Column("answer", String(1000)),  # a word of whoever decided
    Column("token_id", Integer, ForeignKey("tokens.id", ondelete="SET NULL"), index=True),
    Column("collected_at", UtcTime),  # when its value was shown to whoever asked
    Index(None, "account_id", "state", "created_at"),
    sqlite_autoincrement=True,
)  # fmt: skip

sealed_tokens = Table(
    "sealed_tokens",
    metadata,
    Column("token_id", Integer, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("key_id", SmallInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # nonce, then AES-256-GCM of the token
)

token_filters = Table(
    "token_filters",
    metadata,
    _id(),
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False,
        index=True,
    ),
    Column("field", String(200), nullable=False),
    Column("value", String(200), nullable=False),
    Column("description", String(1000), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

shared_token_filters = Table(
    "shared_token_filters",
    metadata,
    Column("token_id", Integer, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column(
        "filter_id", Integer, ForeignKey("token_filters.id", ondelete="CASCADE"), nullable=False,
        index=True,
    ),
)  # fmt: skip

authentication_groups = Table(
    "authentication_groups",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(30), nullable=False),
)

markers = Table(
    "markers",
    metadata,
    _id(),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", String(2000), nullable=False),
    Column("tag", String(20), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(254), nullable=False),
    Index(None, "account_id", "at"),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",  # what was committed, in that order: see keyfob.db.changes
    metadata,
    Column("revision", Integer, Identity(start=1), primary_key=True),
    Column("subject", String(40), nullable=False),
    sqlite_autoincrement=True,
)


def _counts(name: str) -> Table:
    """By time first: what is written together lies together, and the oldest lie at one end."""
    return Table(
        name,
        metadata,
        Column("at", UtcTime, primary_key=True),  # when the hour or the day begins
        Column("token_id", Integer, ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True),
        Column("verdict", String(30), primary_key=True),  # VALID, or why it was refused
        Column("uses", BigInteger, nullable=False),
        Index(None, "token_id", "at"),
        sqlite_with_rowid=False,
    )


usage_hourly = _counts("usage_hourly")
usage_daily = _counts("usage_daily")

usage_writers = Table(
    "usage_writers",  # of each process that counts, the last batch: none is added twice
    metadata,
    Column("id", String(32), primary_key=True),
    Column("batch", Integer, nullable=False),
    Column("written_at", UtcTime, nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Integer, Identity(start=1), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("account_id", Integer, nullable=False),  # whose trail; 0: the installation's
    Column("action", String(40), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("subject_name", String(254), nullable=False),
    Column("actor_kind", String(10), nullable=False),
    Column("actor_id", Integer, nullable=False),
    Column("actor_name", String(254), nullable=False),
    Column("actor_account_id", Integer, nullable=False),
    Column("ip", String(45), nullable=False),
    Column("agent", String(300), nullable=False),
    Column("request_id", String(36), nullable=False),
    Column("changes", JSON, nullable=False),  # {field: [old, new]}
    Index(None, "account_id", "at"),
    Index("ix_audit_entries_action", "account_id", "action", "at"),
    Index("ix_audit_entries_actor", "account_id", "actor_kind", "actor_id", "at"),
    Index(None, "subject"),
    sqlite_autoincrement=True,
)
