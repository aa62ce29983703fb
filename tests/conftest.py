"""Fixtures that several folders share."""

from tests.onion_network import network, onions

__all__ = ["network", "onions"]
