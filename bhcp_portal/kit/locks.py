"""Locks on what has no row to lock: a name in words, held until the transaction ends."""

from django.db import connection


def lock(name: str) -> None:
    """Make whoever else locks this name wait until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def try_lock(name: str) -> bool:
    """Lock this name as ``lock`` does, unless that would mean to wait; gives whether it is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return cursor.fetchone() == (True,)
