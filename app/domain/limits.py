"""How much is too much, with the unit and the reason beside each figure.

The number of files and their total size are settings of the intake; everything here is the same on every instance.
"""

from __future__ import annotations

# Code points, counted after CRLF became LF: fewer than 50 tell nothing that an analyst can act on; 100,000 are about
# forty pages, beyond which a document is the better form.
STORY_MIN = 50
STORY_MAX = 100_000

# Code points of every one-line answer (a name and a town, a season); longer ones belong in the story.
FIELD_MAX = 500

# Bytes of an urlencoded body, and of the text fields of an upload together. 100,000 code points of four UTF-8 bytes,
# each written %XX, are 1,200,000 bytes; the rest is room for the other fields.
FORM_BYTES = 1_572_864

# Name=value pairs in one form: the largest form of ours has 14 and one `exclude` for each reviewer.
FORM_PAIRS = 200

# Bytes of one multipart header line: a file name of 255 four-byte characters fits three times.
HEADER_BYTES = 4096
