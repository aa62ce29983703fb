"""Alembic loads this file; see `migrations/environment.py`."""

from migrations.environment import run

run()
