"""Addresses of pages by their URL names, each worked out once in a process."""

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

MOST_KEPT = 20_000


def address_of(name: str, *args) -> str:
    """As ``reverse``, which takes a tenth of a millisecond and gives the same each time."""
    return _reversed(get_urlconf(), get_script_prefix(), name, args)


@lru_cache(maxsize=MOST_KEPT)
def _reversed(urlconf, prefix, name, args):
    return reverse(name, urlconf, args=args)
