"""Legal persons: read from public registers' files, kept in one file, searched, and taken from signed bundles."""
