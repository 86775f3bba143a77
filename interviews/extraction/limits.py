"""How much one document may be, and how much it may take to read it."""

MAX_BYTES = 25 * 1024 * 1024
"""Of a file as received."""
MAX_TEXT = 2_000_000
"""Bytes of text in UTF-8 that are kept of one document; the rest is left out, and said to be."""
MAX_PAGES = 1_000
"""Pages of a PDF, slides of a presentation, sheets of a workbook."""
MAX_ROWS = 200_000
"""Rows of a workbook that are looked at."""
MAX_PARTS = 50
"""Documents inside a ZIP."""

# The guard of a ZIP, which Word, Excel and PowerPoint files are too: what the central directory may declare.
MAX_MEMBERS = 10_000
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
"""Of the central directory itself: 400 for each member. The process that receives the file reads it."""
MAX_MEMBER_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
"""Unpacked to packed, of a member that unpacks to more than ``RATIO_FROM`` bytes."""
RATIO_FROM = 1024 * 1024

# Pictures whose words are recognised.
MAX_PIXELS = 60_000_000
"""Of a picture; a page of A4 scanned at 600 dots an inch has 35 million."""
MAX_PICTURES = 40
"""Pictures and scanned pages of one document that are looked at."""
RECOGNITION_SECONDS, RECOGNITION_WALL = 28.0, 45.0
"""Of processor and on the wall, all pictures together: some is left for what else the document holds."""
PICTURE_SECONDS = 25.0
"""On the wall, of one picture."""

# What a child process may take.
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 40
WALL_SECONDS = 60.0
OPEN_FILES = 64
MAX_OUTPUT = 8 * MAX_TEXT
"""Bytes a child may write: its text, escaped, with its places."""
