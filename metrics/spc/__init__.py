"""Statistical process control in the NHS manner: XmR charts, "plot the dots".

This package holds numbers only and needs only the standard library, so it can be imported, tested
and timed without Django settings. It computes what the R package NHSRplotthedots 0.2.2 computes.
Where the portal or the Making Data Count tools differ, the difference is a field of `Rules`.

"SPEC" in the docstrings is the written specification of that behaviour. The tests check the code
against it in two ways: by the R package's own output (gold records), and by a slow reference
implementation written from the specification line by line.
"""

from metrics.spc.analysis import Analysis, Point, Segment, analyse
from metrics.spc.rules import PARITY, PORTAL, Rules

__all__ = ["PARITY", "PORTAL", "Analysis", "Point", "Rules", "Segment", "analyse"]
