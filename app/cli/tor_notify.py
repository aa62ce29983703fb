"""What systemd is told (sd_notify(3)): ready, stopping, and one line of state for `systemctl status`."""

from __future__ import annotations

import os
import socket

# A full queue would otherwise stop us: ten datagrams, when nobody reads.
SEND_SECONDS = 5.0


def notify(*lines: str) -> None:
    """Send them when systemd asked for it; nobody listens otherwise, and nothing ends because of it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.settimeout(SEND_SECONDS)
        try:
            link.connect("\0" + address[1:] if address.startswith("@") else address)
            link.sendall("\n".join(lines).encode())
        except OSError:
            return
