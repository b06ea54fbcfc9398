"""The tables of metrics and of the statements about them (CONTRACT 4)."""

from metrics.tables import cards, series
from metrics.tables.readings import ReadingTable

TABLES = (*cards.TABLES, *series.TABLES, ReadingTable())
