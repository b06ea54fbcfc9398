"""What is said of the rows of a file: the rows as ranges, and how they were read."""

MOST_REMARKS, LONGEST_REMARK, MOST_RANGES = 100, 400, 100


def remarks_of(remarks):
    """What was left out of a file or read otherwise than it stands, each with its rows as ranges."""
    return [
        {"sentence": sentence[:LONGEST_REMARK], "ranges": ranges(rows)[:MOST_RANGES]}
        for sentence, rows in list(remarks.items())[:MOST_REMARKS]
    ]


def ranges(rows):
    """Numbers of rows as ranges: ``[[2, 14], [17, 17]]``."""
    found = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return found


def ranges_words(found, most=12):
    """Ranges of rows in words: ``2 to 14 and 17``. After ``most`` ranges it ends with “more”."""
    parts = [str(a) if a == b else f"{a} to {b}" for a, b in found[:most]]
    if len(found) > most:
        parts.append("more")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def remark_words(remark):
    """A remark of ``remarks_of`` as a sentence, with the rows that it is about."""
    if not remark["ranges"]:
        return remark["sentence"]
    words = ranges_words(remark["ranges"])
    return f"{'Row' if words.isdigit() else 'Rows'} {words}: {remark['sentence']}"
