"""The errors that may reach a screen. Each says what happened and what to do next, and holds no content."""


class UserError(Exception):
    """A refusal that a tired person understands.

    Args:
        message: what happened, one sentence.
        hint: what is safe and what to do next, one sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BusyError(UserError):
    """The machine cannot serve this now (queue, disk, database, gpg, manifest): 503, nothing was stored."""


class UsageError(UserError):
    """The command line itself is wrong: exit status 2."""
