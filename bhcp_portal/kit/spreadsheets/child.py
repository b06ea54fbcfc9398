"""Reading a stranger's file in a process of its own, with bounds on its memory and time.

A file may ask its reader for more than a machine has. Then this process ends and not the portal's.
It gets the file and nothing else: no settings, no database.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from bhcp_portal.kit.spreadsheets.bounds import LARGEST, MEGABYTE, TOO_LARGE, TOO_MUCH, SheetError
from bhcp_portal.kit.spreadsheets.reading import Sheet, read_sheet

PROJECT = Path(__file__).parents[3]
# What the process may take. The seconds are of work; it may wait a while for its turn besides.
MOST_MEMORY = 512 * MEGABYTE
MOST_SECONDS = 30
MOST_WAITING = 120
LARGEST_ANSWER = 256 * MEGABYTE
BROKE_OFF = (
    "The file can’t be read: it asks for more memory or time than we give. Send it in parts, or its "
    "one sheet as CSV."
)


def open_sheet(content: bytes, sheet_name: str, names: Collection[str] = ()) -> Sheet:
    """The table in a file, read to its end: as ``reading.read_sheet``, but its rows may be taken again.

    Raises ``SheetError`` for whatever is wrong in it, and where reading takes more than it may;
    ``InterruptedError`` where the reader was told to stop, which is no fault of the file.
    """
    if len(content) > LARGEST:
        raise SheetError(TOO_LARGE)
    with TemporaryFile() as file, TemporaryFile() as answer:
        file.write(content)
        file.seek(0)
        try:
            ended = subprocess.run(
                [sys.executable, "-m", __spec__.name, sheet_name, *names],
                stdin=file,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd=PROJECT,
                env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
                timeout=MOST_WAITING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SheetError(BROKE_OFF) from None
        answer.seek(0)
        first, lines = answer.readline(), answer.read()
    if ended.returncode == REFUSED:
        raise SheetError((first + lines).decode().rpartition("\n")[2])
    if ended.returncode in (-signal.SIGTERM, -signal.SIGINT):
        raise InterruptedError("The reader of the file was told to stop.")
    if ended.returncode:
        raise SheetError(BROKE_OFF)
    name, header, kind = json.loads(first)
    # The last line; no other is copied.
    about = json.loads(lines[lines.rfind(b"\n", 0, -1) + 1 :])

    def rows():
        for line in io.BytesIO(lines):
            number, *cells = json.loads(line)
            if number is None:
                return
            yield number, dict(zip(header, cells, strict=True))

    return Sheet(name, header, kind, rows, *about[1:])


# -- in the process itself ------------------------------------------------------------------------

REFUSED = 3


def main(sheet_name, *names):
    """Read the file on standard input; write its header, its rows and what is known at their end.

    Or at last the refusal.
    """
    _bind()
    out = sys.stdout.buffer

    def write(line):
        out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    try:
        sheet = read_sheet(sys.stdin.buffer.read(), sheet_name, names)
        write([sheet.name, sheet.header, sheet.kind])
        for number, cells in sheet.rows():
            write([number, *(cells[name] for name in sheet.header)])
        write([None, sheet.header_row, sheet.separator, sheet.from_1904, sheet.remarks])
    except SheetError as error:
        sentence = str(error)
    except MemoryError:
        sentence = TOO_MUCH
    else:
        return 0
    out.write(sentence.replace("\n", " ").encode())
    out.flush()
    return REFUSED


def _bind():
    import resource

    bounds = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: MOST_SECONDS,
        resource.RLIMIT_FSIZE: LARGEST_ANSWER,
        resource.RLIMIT_CORE: 0,
    }
    for bound, most in bounds.items():
        # macOS knows no bound of memory; there the others stand alone.
        with suppress(ValueError, OSError):
            resource.setrlimit(bound, (most, most))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
