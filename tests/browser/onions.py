"""Publishes what a test serves as an onion of the private network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tor.control import Control
from tor.key import OnionKey
from tor.onion import reporter
from tor.testnet.runner import TestNetwork


@contextmanager
def published(network: TestNetwork, services: Mapping[str, OnionKey]) -> Iterator[None]:
    """Reachable for the length of the block.

    Args:
        services: target (`127.0.0.1:PORT` or `unix:/path`) → key.
    """
    with Control.connect(network.host.control) as control:
        for target, key in services.items():
            control.publish(reporter(target), key)
        for key in services.values():
            network.wait_reachable(key.address)
        yield
