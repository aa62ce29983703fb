"""Every bound of this package, in one place. Sizes in bytes unless said otherwise; docs/spec/attachments.md."""

from __future__ import annotations

MIB = 1 << 20

# --- what one worker may use
WORKERS = 2  # at once
FILE_BYTES = 200 * MIB  # the largest attachment that is read at all
MEMORY = 1536 * MIB  # address space: the file twice, a picture of 100 megapixels, PDFium
CPU_SECONDS = 20
WALL_SECONDS = 30.0
WORK_SECONDS = 12.0  # the worker itself begins no new page after this
START_SECONDS = 10.0  # until the worker says that it is shut in; far above what it needs, for a loaded machine
OPEN_FILES = 16

# --- what it may give back
PAGES = 50
PAGE_PIXELS = 2_500_000
PAGE_SIDE = 10_000  # pixels
ALL_PIXELS = 60_000_000
TEXT = 200_000  # characters
VALUE = 500  # characters of one trait, one name
TRAITS = 400
PARTS = 1_000
NOTES = 32
EMBEDDED_IMAGES = 20

# --- what a reader takes in
SOURCE_PIXELS = 100_000_000
MAIL_BYTES = 50 * MIB
MAIL_PARTS = 1_000
HTML_CHARACTERS = 1_000_000
DIRECTORY_BYTES = 2 * MIB  # of a ZIP: about 20,000 names
MEMBER_BYTES = 32 * MIB  # one member of an office document, unpacked
OFFICE_BYTES = 128 * MIB  # all members together
RATIO = 1_000  # unpacked to packed: above is called a bomb
STREAM_BYTES = 512 * MIB  # read through to list a tar.gz
XML_DEPTH = 256
XML_ELEMENTS = 1_000_000
SHEETS = 50
XMP_BYTES = MIB
OLE_ENTRIES = 2_000
