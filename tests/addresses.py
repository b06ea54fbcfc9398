"""Every address of the portal, found by walking the URL configuration: a new page can't be missed."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC, STAFF, DOOR, ADMIN = "public", "staff", "door", "admin"
# What stands for a part of an address that is not fixed.
SAMPLE = {
    "slug": "sample",
    "int": 1,
    "str": "sample",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
    "path": "sample",
}


@dataclass(frozen=True)
class Address:
    """An address: its path with samples in place of its variable parts, its view and its name."""

    path: str
    route: str
    view: object
    name: str
    variables: tuple[str, ...]

    def __str__(self):
        return self.route or "/"

    @property
    def is_open_form(self):
        """Whether anybody may send the form on it (``kit.open_forms``)."""
        return getattr(self.view, "is_open_form", False)

    @property
    def kind(self):
        """Whether it is for the public, for staff, a way in for staff, or the admin's."""
        if self.route.startswith("admin/"):
            return ADMIN
        if not self.route.startswith("staff/"):
            return PUBLIC
        return STAFF if hasattr(self.view, "permission") else DOOR


def walked(kind=None):
    """All addresses, or those of a kind, in the order of the URL configuration."""
    found = list(_walk(get_resolver().url_patterns, "", ""))
    return [address for address in found if kind in (None, address.kind)]


def _walk(patterns, before, space):
    for entry in patterns:
        route = before + str(entry.pattern).lstrip("^").rstrip("$")
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern):
            variables = tuple(entry.pattern.regex.groupindex)
            yield Address(_filled(route), route, entry.callback, f"{space}{entry.name}", variables)


def _filled(route):
    parts = []
    for piece in route.split("<"):
        variable, closed, rest = piece.partition(">")
        if not closed:
            parts.append(piece)
            continue
        converter = variable.partition(":")[0] if ":" in variable else "str"
        parts.append(f"{SAMPLE[converter]}{rest}")
    return "/" + "".join(parts)
