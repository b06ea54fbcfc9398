"""The tables of the programmes and of their metrics (CONTRACT 4)."""

from programmes.tables import metrics, work
from programmes.tables.readings import ReadingTable

TABLES = (*work.TABLES, *metrics.TABLES, ReadingTable())
