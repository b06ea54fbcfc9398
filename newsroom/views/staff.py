"""Staff pages to write, approve, publish and withdraw news."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import (
    ActionError,
    SamePersonError,
    StaleError,
    had_hand_in,
    seen_token,
)
from bhcp_portal.kit.decisions import DecisionForm, say_decided
from bhcp_portal.kit.fields import SeenForm
from bhcp_portal.kit.review_views import look_at
from bhcp_portal.kit.reviews import last_disagreement
from bhcp_portal.kit.staff_views import CONFLICT, conflict_of, gone, not_sent
from newsroom import actions
from newsroom.forms import NewsForm, WithdrawForm
from newsroom.models import NewsItem
from partners.roles import DECIDE_NEWS, SEE_NEWS, WRITE_NEWS

ON_A_PAGE = 30


def _item(request, slug, permission):
    """The item with a slug and its versions, if the person has a permission for it; else a 404."""
    items = NewsItem.objects.accessible_to(request.user, permission).with_versions()
    return get_object_or_404(items, slug=slug)


def _draft(item):
    if item.draft is None:
        raise Http404
    return item.draft


def _form(request, *args, permission=WRITE_NEWS, **kwargs):
    moment = request.moment
    partners = request.user.partner_scope(permission)
    return NewsForm(*args, at=moment.at, day=moment.today, partners=partners, **kwargs)


@require_safe
@staff_only(SEE_NEWS)
def news_list(request):
    items = NewsItem.objects.accessible_to(request.user, SEE_NEWS).with_versions().order_by("-pk")
    page = Paginator(items, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "newsroom/staff/news_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@staff_only(WRITE_NEWS)
def news_add(request):
    form = _form(request, request.POST) if request.method == "POST" else _form(request)
    if request.method == "POST" and form.is_valid():
        version = actions.add_news(by=request.user, at=request.moment.at, **form.words())
        messages.success(request, "The draft is saved. Nobody outside can read it yet.")
        return redirect("staff:news_item", version.item.slug)
    return render(request, "newsroom/staff/news_form.html", {"form": form})


@require_safe
@staff_only(SEE_NEWS)
def news_item(request, slug):
    item = _item(request, slug, SEE_NEWS)
    version = item.draft or item.latest
    named = type(version).objects.with_named(request.moment.at, request.moment.today)
    version = named.select_related("edited_by", "approved_by", "source").get(pk=version.pk)
    can_write = _reaches(request, item, WRITE_NEWS)
    can_decide = _reaches(request, item, DECIDE_NEWS)
    seen = {"seen": seen_token(version)}
    return render(
        request,
        "newsroom/staff/news_item.html",
        {
            "done": item.latest and item.latest.done_at_once,
            "disagreed": last_disagreement(item.versions.all()),
            "item": item,
            "version": version,
            "can_write": can_write,
            "can_decide": can_decide,
            "own_work": had_hand_in(version, request.user),
            "form": DecisionForm(initial=seen),
            "seen_form": SeenForm(initial=seen),
        },
    )


def _reaches(request, item, permission):
    if not request.user.has_perm(permission):
        return False
    reached = NewsItem.objects.accessible_to(request.user, permission)
    return reached.filter(pk=item.pk).exists()


@require_http_methods(["GET", "POST"])
@staff_only(WRITE_NEWS)
def news_edit(request, slug):
    item = _item(request, slug, WRITE_NEWS)
    if item.draft is None and (answer := _gone(request, slug, NewsForm)):
        return answer
    draft = _draft(item)
    correction = item.latest is not None
    context = {"item": item, "draft": draft}
    if request.method == "GET":
        form = _form(request, initial=_initial(draft), is_correction=correction)
        return render(request, "newsroom/staff/news_form.html", context | {"form": form})
    form = _form(request, request.POST, is_correction=correction)
    if not form.is_valid():
        return render(request, "newsroom/staff/news_form.html", context | {"form": form})
    try:
        actions.edit(
            version=draft,
            by=request.user,
            at=request.moment.at,
            seen=form.cleaned_data["seen"],
            **form.words(),
        )
    except StaleError as stale:
        when = localtime(stale.row.edited_at).strftime("%-d %B %Y at %H:%M")
        sentence = f"{stale.row.edited_by} saved it on {when}, while you were writing."
        conflict = conflict_of(form, stale.row, _initial(stale.row), sentence)
        context |= {"form": form, "conflict": conflict}
        return render(request, "newsroom/staff/news_form.html", context, status=CONFLICT)
    except ActionError as error:
        messages.error(request, str(error))
        return redirect("staff:news_item", slug)
    messages.success(request, "The draft is saved.")
    return redirect("staff:news_item", slug)


def _initial(draft):
    words = {name: getattr(draft, name) for name in actions.WORDS}
    named = {name: list(getattr(draft, name).all()) for name in actions.NAMED}
    return words | named | {"seen": seen_token(draft)}


@require_POST
@staff_only(WRITE_NEWS)
def news_revise(request, slug):
    item = _item(request, slug, WRITE_NEWS)
    try:
        actions.revise(item=item, by=request.user, at=request.moment.at)
    except ActionError as error:
        messages.error(request, str(error))
        return redirect("staff:news_item", slug)
    return redirect("staff:news_edit", slug)


@require_POST
@staff_only(WRITE_NEWS)
def news_submit(request, slug):
    draft = _as_seen(request, _draft(_item(request, slug, WRITE_NEWS)))
    _do(request, "Sent for approval. Somebody else has to approve it.", actions.submit, **draft)
    return redirect("staff:news_item", slug)


@require_POST
@staff_only(WRITE_NEWS)
def news_recall(request, slug):
    """Take a draft back that waits for approval."""
    draft = _as_seen(request, _draft(_item(request, slug, WRITE_NEWS)))
    _do(request, "Taken back. It is a draft again.", actions.recall, **draft)
    return redirect("staff:news_item", slug)


@require_POST
@staff_only(DECIDE_NEWS)
@recently_confirmed
def news_decide(request, slug):
    item = _item(request, slug, DECIDE_NEWS)
    if item.draft is None and (answer := _gone(request, slug, DecisionForm)):
        return answer
    draft = _draft(item)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        context = {"item": item, "version": draft, "form": form}
        return render(request, "newsroom/staff/news_decide.html", context)
    seen = _as_seen(request, draft)
    if form.cleaned_data["decision"] == "approve":
        words = "Approved. You can publish it now."
        _do(request, words, actions.approve, say=say_decided, **seen)
    else:
        remarks = form.cleaned_data["remarks"]
        how = seen | {"remarks": remarks, "say": say_decided}
        _do(request, "Returned with your remarks.", actions.send_back, **how)
    return redirect("staff:news_item", slug)


@require_POST
@staff_only(DECIDE_NEWS)
@recently_confirmed
def news_publish(request, slug):
    draft = _as_seen(request, _draft(_item(request, slug, DECIDE_NEWS)))
    words = "Published. Everybody can read it now."
    _do(request, words, actions.publish_news, say=say_decided, **draft)
    return redirect("staff:news_item", slug)


@require_http_methods(["GET", "POST"])
@staff_only(DECIDE_NEWS)
@recently_confirmed
def news_withdraw(request, slug):
    item = _item(request, slug, DECIDE_NEWS)
    form = WithdrawForm(request.POST) if request.method == "POST" else WithdrawForm()
    if request.method == "POST" and form.is_valid():
        _do(
            request,
            "Withdrawn. Readers see the reason over the item.",
            actions.withdraw,
            item=item,
            reason=form.cleaned_data["reason"],
        )
        return redirect("staff:news_item", slug)
    return render(request, "newsroom/staff/news_withdraw.html", {"item": item, "form": form})


@require_http_methods(["GET", "POST"])
@staff_only(DECIDE_NEWS)
@recently_confirmed
def news_review(request, slug):
    """Look at a withdrawal that another person did at once."""
    item = _item(request, slug, DECIDE_NEWS)
    version = item.latest or item.draft
    back = reverse("staff:news_item", args=[slug])
    return look_at(
        request,
        version.done_at_once,
        partial(actions.review_withdrawal, version=version),
        about=version.title,
        title="Withdrawn",
        if_not="the item stands again as it stood before, for everybody.",
        trail=[("News", reverse("staff:news")), (version.title, back)],
        back=back,
    )


def _gone(request, slug, form_class):
    """What was written about a draft that is no more; ``None`` if nothing was."""
    sentence = "The draft was published, withdrawn or deleted while you were writing."
    return gone(request, form_class, sentence, reverse("staff:news_item", args=[slug]))


def _do(request, done, act, *, say=messages.success, **about):
    """Call an action and leave a message with its outcome; ``say`` shows that it is done."""
    try:
        act(by=request.user, at=request.moment.at, **about)
    except StaleError:
        words = not_sent(about.get("remarks"))
        messages.info(
            request, f"Somebody changed this meanwhile. Read it again, then go on.{words}"
        )
    except SamePersonError:
        messages.error(request, "You wrote in this item, so another person has to approve it.")
    except ActionError as error:
        messages.error(request, f"{error}{not_sent(about.get('remarks'))}")
    else:
        say(request, done)


def _as_seen(request, draft):
    """A draft, and the version of it that the person had before them."""
    return {"version": draft, "seen": request.POST.get("seen", "")}
