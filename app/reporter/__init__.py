"""The reporter door: the public onion site where a report is written, sealed and answered. No JavaScript."""

from app.reporter.factory import create_app

__all__ = ["create_app"]
