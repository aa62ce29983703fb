"""Onion services: for now their addresses. Publishing them is the next step (CHANGELOG.md)."""
