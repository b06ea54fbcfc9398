"""What hangs on a programme has no day after its end: partners, communities, money.

A figure may: what came of a programme is often counted once it is over. And none is part of itself,
or becomes so, by way of others either.
"""

from bhcp_portal.kit.editor.editors import EndDay
from programmes.models import ProgrammeProfile


def ends_of_programmes(now) -> dict[int, EndDay]:
    """The programmes that have an end date, by primary key; one query."""
    ending = ProgrammeProfile.objects.live(now).exclude(ends_on=None)
    return {
        each.programme_id: EndDay(each.ends_on, each.ends_as, f"“{each.name}”") for each in ending
    }


ITSELF = {
    "parent": "A programme can’t be part of itself. Choose another",
    "merged_into": "A programme can’t become part of itself. Choose another",
}
CIRCLE = {
    "parent": "That programme is itself part of this one. Choose another",
    "merged_into": "That programme is itself part of this one, or will be. Choose another",
}


def no_circle(now):
    """Bounds of profiles: neither what a programme is part of nor what it went to leads back to it.

    What the rows before have said is minded. What stands already and stays as it is, is let be.
    """
    live = ProgrammeProfile.objects.live(now)
    leads_to = {name: dict(live.values_list("programme", name)) for name in ITSELF}

    def errors(values, stated_on, old):
        programme, found = values["programme"], []
        for name, onward in leads_to.items():
            above = values[name]
            if above and not (old and getattr(old, f"{name}_id") == above.pk):
                if above.pk == programme.pk:
                    found.append((name, ITSELF[name]))
                    continue
                if _leads_to(programme.pk, above.pk, onward):
                    found.append((name, CIRCLE[name]))
                    continue
            onward[programme.pk] = above and above.pk
        return found

    return errors


def _leads_to(key, step, onward):
    """Whether the way from a programme comes to another; keys. ``onward``: each with the next."""
    passed = set()
    while step and step != key and step not in passed:
        passed.add(step)
        step = onward.get(step)
    return step == key
