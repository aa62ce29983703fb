"""Keeping, proving and destroying: retention, purge, audit, backup."""
