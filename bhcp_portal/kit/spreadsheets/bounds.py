"""How much of a file is read, and the error where a file asks for more or can't be read."""

MEGABYTE = 1024 * 1024
# The largest file that may be sent, in megabytes. docs/operating.md tells the web server the same.
LARGEST_MB = 10
LARGEST = LARGEST_MB * MEGABYTE
TOO_LARGE = f"The file is larger than {LARGEST_MB} MB. Send it in parts."
MOST_ROWS = 60_000
# The column ZZ: nobody fills cells beyond it on purpose.
MOST_COLUMNS = 702
MOST_CELLS = 2_000_000
# Different words of a workbook, which its cells share.
MOST_SHARED = 1_000_000
# As many characters as Excel allows in a cell, and in all cells together.
MOST_IN_A_CELL = 32_767
MOST_CHARACTERS = 30_000_000
# A workbook is a packed file: one of ten megabytes may unpack to more than a machine can hold.
LARGEST_UNPACKED = 200 * MEGABYTE

EXAMPLE = "Send a CSV file, or an Excel workbook (.xlsx)."
BROKEN = f"This is not a workbook that can be read. {EXAMPLE}"
TOO_MUCH = "The file holds more than we read at once. Send it in parts, or its one sheet as CSV."

# What stands in place of a cell that holds no value of its own, or another than it shows. No file
# can hold these characters.
FORMULA, ERROR, UNSEEN = "\0=", "\0#", "\0?"
# The row that names the columns is looked for below so many others.
MOST_ABOVE = 30
# Cells merged over several rows, of which only the first holds what all of them show.
MOST_MERGED = 1000


class SheetError(ValueError):
    """The file can't be read as a table. The message is a sentence that says what to do."""
