"""What may stand in the variable parts of each address, in terms of the content of these tests."""

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bhcp_portal.kit.editor.proposal import Proposal
from iccs.models import Icc
from metrics.models import ChartNote, FigureQuestion, ReadingBatch, Rebase, Target
from newsroom.models import NewsItem, NewsVersion
from partners.models import AccessEnd, AccessReview, Invitation, Partner
from programmes.models import (
    MetricGoal,
    MetricProgramme,
    MilestoneDate,
    Money,
    Programme,
    ProgrammePartner,
    StatusUpdate,
)
from tests.site.content import somebody


def paths(address):
    """The paths of an address that lead to something, the fullest page first."""
    if not address.variables:
        return [reverse(address.name) + query for query in ("", *QUERIES.get(address.name, ()))]
    if address.name not in EXAMPLES:
        raise LookupError(
            f"Say in tests/site/examples.py what may stand in “{address.route}” ({address.name})."
        )
    found = [reverse(address.name, kwargs=given()) for given in EXAMPLES[address.name]]
    return found + [found[0] + query for query in QUERIES.get(address.name, ())]


def _slugs(*slugs):
    return [lambda slug=slug: {"slug": slug} for slug in slugs]


def _first(model, number):
    """One thing of the first data, whichever it has."""
    return lambda: {"slug": model.objects.exclude(slug__startswith="example-")[number].slug}


def _updates(*slugs):
    """The newest update of some programmes."""
    return [
        lambda slug=slug: {"pk": StatusUpdate.objects.filter(programme__slug=slug).latest("pk").pk}
        for slug in slugs
    ]


def _batches(*names):
    """Files of readings, by what their names begin with."""
    return [
        lambda name=name: {
            "pk": ReadingBatch.objects.get(file_name__startswith=f"example-{name}").pk
        }
        for name in names
    ]


def _proposal(model):
    """A proposal about the example metric."""
    return lambda: {
        "kind": model._meta.model_name,
        "pk": model.objects.drafts().latest("pk").pk,
    }


def _said_of_milestone():
    row = MilestoneDate.objects.live(timezone.now()).get(milestone__slug="example-opening")
    return {"slug": "example-opening", "pk": row.pk}


def _proposed_milestone():
    return {"pk": MilestoneDate.objects.drafts().latest("pk").pk}


def _link(kind, model):
    """A link of the example metric."""
    return lambda: {
        "slug": "example-metric",
        "kind": kind,
        "pk": model.objects.applying(timezone.now()).get(metric__slug="example-metric").pk,
    }


def _row(kind, model, **of):
    """The newest row of a kind that stands, of the example programme."""
    return lambda: {"kind": kind, "pk": _standing(model).filter(**of).latest("pk").pk}


def _standing(model):
    return model.objects.live(timezone.now()).filter(programme__slug="example-everything")


def _kind(*kinds):
    return [lambda kind=kind: {"kind": kind} for kind in kinds]


def _record_proposal(state):
    return lambda: {"pk": Proposal.objects.filter(state=state).latest("pk").pk}


def _end_of_a_community():
    return {"pk": Proposal.objects.get(title="Community changed: example end").pk}


def _end_of_a_partner():
    return {"pk": Proposal.objects.get(title="Change of a partner: example end").pk}


def _file_of_money(state):
    return lambda: {
        "pk": Proposal.objects.get(state=state, title=f"Money: example file {state}").pk
    }


def _file_taken_back():
    title = "Taken back: Money: example file taken back"
    return {"kind": "money", "pk": Proposal.objects.get(title=title).pk}


def _people(*who):
    return [lambda who=who: {"pk": somebody(*who).pk} for who in who]


def _grant(*who):
    def given():
        person = somebody(*who)
        return {"pk": person.pk, "grant_pk": person.grants.first().pk}

    return [given]


def _invitation():
    return {"token": Invitation.objects.get(person=somebody("invited")).token}


def _password_link():
    person = somebody("nobody")
    key = default_token_generator.make_token(person)
    return {"uidb36": user_pk_to_url_str(person), "key": key}


def _key():
    return {"pk": Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk}


# What people ask lists for; every address is also read without.
QUERIES = {
    "staff:record": ("?q=millom", "?q=nothing-is-called-so"),
    "staff:record_kind": ("?was=1", "?page=2"),
    "staff:record_add": ("?why=document", "?why=now", "?why=document&source=example-paper"),
    "staff:record_file": ("?why=document", "?why=now", "?why=slip"),
    "staff:record_template": ("?as=csv",),
    "staff:proposal_file": ("?why=now",),
    "staff:record_begin": ("?why=now", "?why=document&source=example-paper"),
    "staff:community_merge": ("?why=now", "?why=document&source=example-paper"),
    "staff:community_split": ("?why=now",),
    "staff:partner_change": ("?why=now", "?why=document&source=example-paper"),
    "staff:record_correct": ("?why=slip", "?why=document", "?why=now"),
    "staff:record_end": ("?why=now",),
    "staff:programme_end": ("?why=now", "?why=document&source=example-paper"),
    "staff:programmes_never_reported": ("?choose=1",),
    "staff:programmes_end": ("?why=now&programmes=example-not-started,example-draft",),
    "programmes:list": (
        "?status=at_risk",
        "?status=none&objective=better_care&partner=RTX&icc=KEN&q=care",
        "?q=nothing-is-called-so",
        "?page=2",
    ),
    "programmes:updates": ("?page=2",),
    "figure_question": (
        "?of=metric:ae-four-hours:RTX",
        "?of=metric:example-metric:BHCP",
    ),
    "metrics:detail": ("?chart=all",),
    "iccs:find": ("?q=Millom", "?q=nowhere", "?q="),
    "news:list": ("?page=2",),
    "sources:list": ("?q=care&kind=document&year=2017", "?kind=news", "?q=nothing-is-called-so"),
    "staff:history": (
        "?what=programmes.statusupdate",
        "?who=example",
        "?page=2",
        "?what=x&row=y",
        "?since=2020&until=x",
    ),
    "changes": (
        "?from=2017-01-01&to=2017-12-31",
        "?since=2017-01-01",
        "?page=2",
        "?corrections=only",
        "?since=2017-01-01&kind=measures",
    ),
    **{
        f"api:{name}": ("?limit=1000", "?limit=1&offset=1")
        for name in ("programmes", "iccs", "partners", "metrics", "news", "sources")
    },
    "api:readings": ("?limit=1000&scope=BHCP",),
    "api:analysis": ("?scope=BHCP",),
}

EXAMPLES = {
    # The public's.
    "programmes:detail": [
        *_slugs("example-everything", "example-empty", "example-gone", "example-published"),
        *_slugs("example-corrected", "example-redacted"),
        _first(Programme, 0),
        _first(Programme, 5),
    ],
    "programmes:updates": [
        *_slugs("example-everything", "example-empty", "example-corrected"),
        _first(Programme, 0),
    ],
    "iccs:detail": [_first(Icc, number) for number in range(4)],
    "partners:detail": [*_slugs("example-trust"), *(_first(Partner, n) for n in range(4))],
    "news:detail": [
        *_slugs("example-corrected", "example-withdrawn", "example-paper-1"),
        _first(NewsItem, 0),
    ],
    "pages:detail": _slugs("example-page", "how-communities-work"),
    "sources:detail": _slugs("s2-vanguard-profile", "example-paper"),
    "metrics:detail": _slugs("example-metric", "example-uncounted", "ae-four-hours"),
    "metrics:readings_csv": _slugs("example-metric", "example-uncounted", "ae-four-hours"),
    "metrics:chart_svg": _slugs("example-metric", "ae-four-hours"),
    "table_csv": [lambda: {"name": "programmes"}, lambda: {"name": "status_updates"}],
    "api:programme": [*_slugs("example-everything", "example-empty"), _first(Programme, 0)],
    "api:icc": [_first(Icc, 0)],
    "api:partner": [*_slugs("example-trust"), _first(Partner, 0)],
    "api:metric": _slugs("example-metric", "example-uncounted", "ae-four-hours"),
    "api:readings": _slugs("example-metric", "example-uncounted", "ae-four-hours"),
    "api:analysis": _slugs("example-metric", "example-uncounted", "ae-four-hours"),
    "api:news_item": [*_slugs("example-corrected", "example-withdrawn"), _first(NewsItem, 0)],
    # Of those who work here: all of them the example trust's.
    "staff:programme": _slugs("example-everything", "example-draft", "example-not-started"),
    "staff:status_add": _slugs("example-not-started", "example-everything"),
    "staff:milestone_add": _slugs("example-everything"),
    "staff:milestone": _slugs("example-opening", "example-done", "example-dropped", "example-gone"),
    "staff:milestone_mend": [_said_of_milestone],
    "staff:programme_end": _slugs("example-not-started", "example-everything"),
    "staff:status": _updates(
        "example-submitted",
        "example-draft",
        "example-returned",
        "example-published",
        "example-being-corrected",
        "example-everything",
    ),
    "staff:status_edit": _updates("example-returned", "example-draft", "example-being-corrected"),
    "staff:status_correct": _updates("example-published"),
    "staff:status_submit": _updates("example-draft"),
    "staff:status_recall": _updates("example-submitted"),
    "staff:status_decide": _updates("example-submitted"),
    "staff:status_discard": _updates("example-draft"),
    "staff:metric": _slugs("example-metric", "example-uncounted"),
    "staff:metric_card": _slugs("example-metric", "example-uncounted"),
    "staff:metric_check": _slugs("example-metric"),
    "staff:metric_target": _slugs("example-metric"),
    "staff:metric_rebase": _slugs("example-metric"),
    "staff:metric_note": _slugs("example-metric"),
    "staff:metric_links": _slugs("example-metric", "example-uncounted"),
    "staff:link_take_back": [_link("programme", MetricProgramme), _link("goal", MetricGoal)],
    "staff:metric_proposal": [
        _proposal(Rebase),
        _proposal(Target),
        _proposal(ChartNote),
        _proposal(MetricProgramme),
    ],
    "staff:milestone_proposal": [_proposed_milestone],
    "staff:milestone_take_back": [_proposed_milestone],
    "staff:readings_add": _slugs("example-metric"),
    "staff:readings_template": _slugs("example-metric", "example-uncounted"),
    "staff:readings_batch": _batches("waiting", "published", "errors", "begun", "away", "undone"),
    "staff:readings_confirm": _batches("waiting"),
    "staff:readings_discard": _batches("waiting"),
    "staff:readings_undo": _batches("published"),
    "staff:readings_review": _batches("undone"),
    "staff:readings_errors": _batches("errors"),
    "staff:figure_question_answered": [
        lambda: {"pk": FigureQuestion.objects.filter(owner__isnull=False).latest("pk").pk}
    ],
    "staff:news_item": _slugs(
        "example-being-corrected",
        "example-draft",
        "example-submitted",
        "example-returned",
        "example-approved",
        "example-withdrawn",
    ),
    "staff:news_edit": _slugs("example-being-corrected", "example-returned"),
    "staff:news_revise": _slugs("example-corrected"),
    "staff:news_submit": _slugs("example-draft"),
    "staff:news_recall": _slugs("example-submitted"),
    "staff:news_decide": _slugs("example-submitted"),
    "staff:news_publish": _slugs("example-approved"),
    "staff:news_withdraw": _slugs("example-corrected"),
    "staff:news_review": _slugs("example-withdrawn"),
    "staff:record_thing": [
        lambda: {"model": "programme", "slug": "example-everything"},
        lambda: {"model": "icc", "slug": "millom"},
        lambda: {"model": "partner", "slug": "example-trust"},
    ],
    "staff:record_address": [
        lambda: {"model": "programme", "slug": "example-everything"},
        lambda: {"model": "source", "slug": "example-paper"},
    ],
    "staff:record_code": [
        lambda: {"model": "partner", "slug": "example-trust"},
        lambda: {"model": "icc", "slug": "millom"},
    ],
    "staff:record_history": [
        lambda: {"model": "programme", "slug": "example-everything"},
        lambda: {"model": "icc", "slug": "millom"},
    ],
    "staff:record_decide": _kind("money", "status-updates", "milestone-dates", "metric-profiles"),
    "staff:record_kind": _kind(
        "old-addresses", "old-codes", "money", "icc-places", "source-profiles", "readings"
    ),
    "staff:record_add": _kind("money", "figures", "programme-profiles"),
    "staff:record_file": _kind("money", "programme-profiles"),
    "staff:record_template": _kind("money", "programme-profiles"),
    "staff:proposal_row": [lambda: {**_file_of_money("submitted")(), "number": 2}],
    "staff:proposal_file": [_file_of_money("submitted")],
    "staff:proposal_take_back": [lambda: {"kind": "money", **_file_of_money("published")()}],
    "staff:record_row": [
        _row("money", Money),
        _row("status-updates", StatusUpdate),
        lambda: {"kind": "money", "pk": Money.objects.get(code="example-29").pk},
    ],
    "staff:record_begin": [
        lambda name=name: {"name": name} for name in ("programme", "partner", "community")
    ],
    "staff:partner_change": [
        lambda what=what: {"what": what} for what in ("leave", "rejoin", "rename", "succeed")
    ],
    "staff:access_end": [lambda: {"pk": AccessEnd.objects.get().pk}],
    "staff:record_correct": [_row("money", Money), _row("programme-partners", ProgrammePartner)],
    "staff:record_end": [_row("programme-partners", ProgrammePartner)],
    "staff:record_take_back": [_row("money", Money)],
    "staff:proposal": [
        _record_proposal("submitted"),
        _record_proposal("draft"),
        _record_proposal("returned"),
        _record_proposal("published"),
        _file_of_money("submitted"),
        _file_of_money("published"),
        _end_of_a_community,
        _end_of_a_partner,
    ],
    "staff:community_left": [_end_of_a_community],
    "staff:partner_left": [_end_of_a_partner],
    "staff:proposal_edit": [_record_proposal("submitted"), _record_proposal("returned")],
    "staff:proposal_preview": [_record_proposal("submitted")],
    "staff:proposal_review": [
        lambda: {"kind": "money", **_record_proposal("at_once")()},
        _file_taken_back,
    ],
    "staff:redact": [
        lambda: {
            "label": "programmes.statusupdate",
            "pk": StatusUpdate.objects.filter(programme__slug="example-published").latest("pk").pk,
        },
        lambda: {"label": "newsroom.newsversion", "pk": NewsVersion.objects.latest("pk").pk},
    ],
    "staff:person": _people(("invited",), ("closed",), ("programme_editor", "owner")),
    "staff:person_invite_again": _people(("invited",)),
    "staff:role_give": _people(("invited",)),
    "staff:role_end": _grant("invited"),
    "staff:factor_reset": _people(("programme_editor", "owner")),
    "staff:review_decide": [lambda: {"pk": AccessReview.objects.waiting().first().pk}],
    "staff:task_decide": [lambda: {"pk": DBTaskResult.objects.failed().first().pk}],
    "staff:session_end": [lambda: {"pk": 1}],
    "staff:person_sign_out": _people(("programme_editor", "owner")),
    "staff:person_deactivate": _people(("programme_editor", "owner")),
    "staff:person_reactivate": _people(("closed",)),
    # The ways in.
    "staff:invitation": [_invitation, lambda: {"token": "used-or-wrong"}],
    "account_reset_password_from_key": [
        _password_link,
        lambda: {"uidb36": "zz", "key": "used-or-wrong"},
    ],
    "mfa_edit_webauthn": [_key],
    "mfa_remove_webauthn": [_key],
}
