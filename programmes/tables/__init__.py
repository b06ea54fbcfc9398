"""The tables of programmes and goals (CONTRACT 4), each after those it refers to."""

from programmes.tables import figures, goals, metric_links, milestones, money, programmes, status

TABLES = (
    *goals.TABLES,
    *programmes.TABLES,
    *status.TABLES,
    *milestones.TABLES,
    *figures.TABLES,
    *money.TABLES,
    *metric_links.TABLES,
)
