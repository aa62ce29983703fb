"""What every `env.py` here does: run the steps on the connection that `app.stores.engine` opened."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """One transaction around all steps: a migration that fails leaves the database as it was."""
    context.configure(connection=context.config.attributes["connection"], target_metadata=None)
    context.run_migrations()
