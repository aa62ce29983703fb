"""A private Tor network on 127.0.0.1: `plan` says what it is (pure), `runner` starts and stops it."""
