"""Statistical process control in the NHS manner: XmR charts, "plot the dots".

Numbers only. The standard library is all it needs, so it can be imported, tested and timed without
Django settings. What it computes is what the R package NHSRplotthedots 0.2.2 computes; where the
portal or the Making Data Count tools differ, the difference is a field of `Rules`.

"SPEC" in the docstrings is the written specification of that behaviour; the tests keep it twice,
as the package's own output (gold records) and as a slow reference read from it line by line.
"""

from metrics.spc.analysis import Analysis, Point, Segment, analyse
from metrics.spc.rules import PARITY, PORTAL, Rules

__all__ = ["PARITY", "PORTAL", "Analysis", "Point", "Rules", "Segment", "analyse"]
