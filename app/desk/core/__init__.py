"""What every room of the desk works with: keys, cases as they rest, messages, signatures, the journal's chain."""
