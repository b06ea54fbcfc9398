"""Every way in which news can change (BEHAVIOUR E).

All actions but ``add_news`` raise ``TransitionError`` if the item or version is not in a state that
allows the change.
"""

from datetime import datetime

from bhcp_portal.kit.actions import (
    SamePersonError,
    TransitionError,
    free_slug,
    had_hand_in,
    publish,
    require_other_person,
    require_seen,
    take_back,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.reviews import record_review
from newsroom.models import NewsIcc, NewsItem, NewsPartner, NewsProgramme, NewsVersion
from newsroom.models.news import NewsState
from partners.models import User

WORDS = ("title", "summary", "body", "lead_partner", "update_note")
NAMED = ("partners", "programmes", "iccs")


def add_news(*, by: User, at: datetime, **fields) -> NewsVersion:
    """Create a news item with its first draft. Sent twice, it is created once.

    ``fields``: text for each of WORDS (``lead_partner``: a partner or ``None``), and a list of
    things for each of NAMED.
    """
    with action("news.drafted", by=by):
        slug = free_slug(NewsItem, fields["title"])
        own = NewsVersion.objects.drafts().filter(author=by, version=1, state=NewsState.DRAFT)
        for begun in own.filter(title=fields["title"]):
            if not _changes(begun, fields):
                return begun
        item = NewsItem.objects.create(slug=slug)
        version = NewsVersion(item=item, author=by, edited_by=by, edited_at=at)
        return _fill(version, fields)


def revise(*, item: NewsItem, by: User, at: datetime) -> NewsVersion:
    """Create a draft from the live version of an item, to correct it or add to it."""
    with action("news.drafted", by=by):
        live = _locked(item.versions.live(at))
        if live is None:
            raise TransitionError(
                live, "This item is not published, so there is nothing to correct."
            )
        if item.versions.drafts().exists():
            raise TransitionError(
                live, "There is a draft of this item already. Go on with that one."
            )
        # A copy has no hand in it; who writes in it does.
        version = NewsVersion(item=item, author=by)
        fields = {name: getattr(live, name) for name in WORDS if name != "update_note"}
        return _fill(version, fields | {name: getattr(live, name).all() for name in NAMED})


def edit(*, version: NewsVersion, seen: str, by: User, at: datetime, **fields) -> NewsVersion:
    """Change a draft. This cancels an approval; if nothing changes, nothing is written.

    ``seen``: the ``seen_token`` of the version that the person had before them. ``StaleError`` if
    somebody has changed it since. ``fields``: as for ``add_news``.
    """
    with action("news.edited", by=by):
        version = _current(version)
        require_seen(version, seen)
        if not _changes(version, fields):
            return version
        _move(version, NewsState.DRAFT)
        version.edited_by, version.edited_at = by, at
        version.approved_by = version.approved_at = None
        version.version += 1
        return _fill(version, fields)


def submit(*, version: NewsVersion, seen: str, by: User, at: datetime) -> NewsVersion:
    """Submit a draft for approval. ``StaleError`` if somebody changed it since they read it."""
    with action("news.submitted", by=by):
        version = _current(version)
        require_seen(version, seen)
        if version.edited_by_id is None:
            raise TransitionError(
                version, "Nothing is changed yet. Write what is new, then send it."
            )
        _move(version, NewsState.SUBMITTED)
        version.save()
        return version


def recall(*, version: NewsVersion, seen: str, by: User, at: datetime) -> NewsVersion:
    """Take a submitted draft back before anybody approved it. ``StaleError`` if somebody changed it."""
    with action("news.recalled", by=by):
        version = _current(version)
        require_seen(version, seen)
        if version.state != NewsState.SUBMITTED:
            raise TransitionError(version)
        version.state = NewsState.DRAFT
        version.version += 1
        version.save()
        return version


def send_back(
    *, version: NewsVersion, seen: str, remarks: str, by: User, at: datetime
) -> NewsVersion:
    """Return a submitted draft with remarks. ``StaleError`` if somebody changed it since."""
    with action("news.returned", by=by, reason=remarks):
        version = _current(version)
        require_seen(version, seen)
        _move(version, NewsState.RETURNED)
        version.version += 1
        version.decision_remarks = remarks
        version.save()
        return version


def approve(*, version: NewsVersion, seen: str, by: User, at: datetime) -> NewsVersion:
    """Approve a submitted draft.

    ``SamePersonError`` if the person wrote in it. ``StaleError`` if somebody changed it since
    they read it.
    """
    with action("news.approved", by=by):
        version = _current(version)
        require_seen(version, seen)
        require_other_person(version, by)
        _move(version, NewsState.APPROVED)
        version.approved_by, version.approved_at = by, at
        version.decision_remarks = ""
        version.save()
        return version


def publish_news(*, version: NewsVersion, seen: str, by: User, at: datetime) -> NewsVersion:
    """Publish an approved draft. It supersedes the version that is live.

    ``StaleError`` if somebody changed it since the person read it.
    """
    with action("news.published", by=by):
        version = _current(version)
        require_seen(version, seen)
        _move(version, NewsState.PUBLISHED)
        if version.item.versions.live(at).exists():
            version.reason = version.update_note
        return publish(version, at=at)


def withdraw(*, item: NewsItem, by: User, at: datetime, reason: str) -> NewsVersion:
    """Withdraw a published item. Readers see the reason above the item.

    A draft of it stays, but has to be approved anew.
    """
    with action("news.withdrawn", by=by, reason=reason):
        live = _locked(item.versions.live(at))
        if live is None or live.is_withdrawn:
            raise TransitionError(live, "This item is not published, so it can’t be withdrawn.")
        draft = _locked(item.versions.drafts())
        if draft and draft.may_become(NewsState.DRAFT):
            # What was approved was approved for an item that stands.
            draft.state, draft.version = NewsState.DRAFT, draft.version + 1
            draft.approved_by = draft.approved_at = None
            draft.decision_remarks = f"The item was withdrawn meanwhile: {reason}"
            draft.save()
        version = NewsVersion(
            item=item,
            author=by,
            edited_by=by,
            edited_at=at,
            withdrawn_because=reason,
            reason=reason,
        )
        fields = {name: getattr(live, name) for name in WORDS}
        _fill(version, fields | {name: getattr(live, name).all() for name in NAMED})
        version.state = NewsState.PUBLISHED
        return publish(version, at=at)


def review_withdrawal(
    *, version: NewsVersion, seen: str, agrees: bool, remarks: str, by: User, at: datetime
) -> None:
    """Record what another person says of a withdrawal. If they disagree, the item stands again.

    ``StaleError`` if somebody did so before, or published the item again; ``SamePersonError`` for
    the person who withdrew it, and for one whose own words would stand again.
    """
    with action("news.withdrawal_reviewed", by=by, reason=remarks):
        done = _current(version).done_at_once
        record_review(done, seen=seen, agrees=agrees, remarks=remarks, by=by, at=at)
        if agrees:
            return
        others = version.item.versions.not_taken_back().exclude(pk=version.pk)
        before = others.order_by("-recorded_at", "-pk").first()
        if before and had_hand_in(before, by):
            raise SamePersonError("You wrote it, so another person lets it stand again.")
        take_back(NewsVersion.objects.filter(pk=version.pk), reason=remarks)


def _changes(version, fields):
    """Whether any of these words or things named differs from what the version has."""
    return any(getattr(version, name) != fields[name] for name in WORDS if name in fields) or any(
        set(getattr(version, name).all()) != set(fields[name]) for name in NAMED if name in fields
    )


def _fill(version, fields):
    for name in WORDS:
        if name in fields:
            setattr(version, name, fields[name])
    version.save()
    for name, link, field in (
        ("partners", NewsPartner, "partner"),
        ("programmes", NewsProgramme, "programme"),
        ("iccs", NewsIcc, "icc"),
    ):
        if name in fields:
            link.objects.filter(version=version).delete()
            link.objects.bulk_create(
                link(version=version, **{field: named}) for named in fields[name]
            )
    return version


def _locked(versions):
    return versions.select_for_update(of=("self",)).first()


def _current(version):
    return NewsVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)


def _move(version, state):
    if not version.may_become(state):
        state = version.get_state_display().lower()
        raise TransitionError(version, f"This can’t be done now: the item is “{state}”.")
    version.state = state
