"""Errors of the formats, by who is at fault. No message carries content, words or key bytes."""


class SealingError(Exception):
    """Root of everything that `crypto` raises on purpose."""


class FormatError(SealingError):
    """The bytes are not the format: names the rule that was broken, never the content."""


class TrustError(SealingError):
    """Well formed, but signed by another key, rolled back, replayed or forged."""


class ExpiredError(TrustError):
    """It was right once: its last day has passed."""


class NoKeyError(SealingError):
    """None of the keys at hand opens this."""


class ToolError(SealingError):
    """gpg is missing, was killed, or ended with a failure."""
