"""Run by Alembic: the connection comes from `keyfob.db.migrate`, already in a transaction."""

from alembic import context

from keyfob.db import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
)
context.run_migrations()
