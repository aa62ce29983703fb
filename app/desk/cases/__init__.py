"""Working on a case: list, search, facts, moves, merging, the entry for the register."""
