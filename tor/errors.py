"""What can go wrong with tor, as sentences. None holds a key, a client's name or a visitor's address."""


class TorError(Exception):
    """A refusal that a tired person understands.

    Args:
        message: what happened, one sentence.
        hint: what is safe and what to do next, one sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class TorMissing(TorError):
    """The program tor is not on this machine, or does not run."""


class TorTooOld(TorError):
    """Older than `tor.version.MINIMUM`, or built without the proof-of-work module."""


class ControlRefused(TorError):
    """The control socket is there, but does not let us in."""


class ControlLost(TorError):
    """Nothing answers on the control socket: tor stopped, or never ran."""


class KeyFileError(TorError):
    """A key file is missing, readable by others, or not a key."""


class PublishError(TorError):
    """tor refused to publish an onion; nothing was published under its address by this call."""


class SocksRefused(TorError):
    """The SOCKS proxy answered, and it was no.

    Args:
        code: the reply byte (RFC 1928; 0xF0-0xF7 as in tor's man page under ExtendedErrors); -1 when the proxy does
            not speak the protocol.
    """

    def __init__(self, message: str, hint: str = "", *, code: int = -1) -> None:
        super().__init__(message, hint)
        self.code = code
