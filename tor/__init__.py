"""Onion services: keys, addresses, defences, torrc, the control port and SOCKS. Spec: docs/spec/onion.md.

Imports nothing of `app` or `crypto`; only `tor/control.py` and what it calls knows stem.
"""
