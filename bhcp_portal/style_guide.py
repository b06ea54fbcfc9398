"""The style guide: every component with a sample, from one list.

`tests/kit/test_style_guide.py` holds the list to the registry: a component without a sample fails.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.shortcuts import render
from django.utils.safestring import mark_safe

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.as_at import Moment
from bhcp_portal.kit.components import render_component
from bhcp_portal.kit.fields import date_field
from bhcp_portal.kit.templatetags.nhsuk import STATUSES
from metrics.spc.analysis import analyse
from metrics.spc.chart import (
    ASSURANCE_WORDS,
    VARIATION_WORDS,
    Break,
    Drawn,
    Note,
    TargetLine,
    assurance_icon,
    chart,
    sparkline,
    variation_icon,
)
from metrics.spc.rules import PORTAL


@dataclass(frozen=True)
class SampleSource:
    """Stands for a source, so that the guide needs no content."""

    title: str = "Better Care Together strategy"
    publisher: str = "Bay Health and Care Partners"
    issued_words: str = "February 2014"

    def get_absolute_url(self):
        return "/sources/"


class SampleForm(forms.Form):
    summary = forms.CharField(
        max_length=600, widget=forms.Textarea, help_text="What happened, in plain words"
    )
    status = forms.ChoiceField(
        choices=[("on_track", "On track"), ("at_risk", "At risk")], widget=forms.RadioSelect
    )
    ends_on = date_field("New end date", needed="Enter the new end date", exact=True)
    paper = forms.FileField(label="Paper it was agreed in")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="sample_%s", **kwargs)
        self.fields["summary"].error_messages["required"] = "Enter a summary"
        self.fields["status"].error_messages["required"] = "Choose a status"
        self.fields["paper"].error_messages["required"] = "Choose a file"
        self.fields["status"].choice_hints = {
            "at_risk": "A date or a result will be missed unless something changes"
        }


def _html(text):
    return mark_safe(text)  # noqa: S308 - the samples below, written here


NOW = Moment(datetime(2026, 1, 1, tzinfo=UTC))
YEARS = [("2017", "2017"), ("2018", "2018"), ("2019", "2019")]
LINKS = [{"text": "Home", "href": "#home"}, {"text": "Programmes", "href": "#programmes"}]
ROWS = [
    {"key": "Lead partner", "value": "Lancashire North CCG"},
    {
        "key": "Ends",
        "value": "March 2019",
        "actions": [{"text": "Change", "href": "#ends", "visually_hidden_text": "the end date"}],
    },
]
LAYOUT = "Once on every page: see the layouts."

# Group → component → its samples, each a dict of arguments, or a word on why none is drawn.
SAMPLES = {
    "Status, figures, sources": {
        "status_chip": [
            *({"status": status} for status in STATUSES),
            {"status": "merged", "into": "Community teams"},
            {"status": "on_track", "stale_since": "30 November 2019"},
            {"status": "none", "source_words": "Embedded"},
        ],
        "figure_card": [
            {
                "value": "29",
                "unit": "of 269 bids",
                "counts": "chosen as vanguards",
                "period": "March 2015",
            },
            {
                "value": "29",
                "counts": "chosen as vanguards",
                "wrong_href": "/have-your-say/figure/?of=figure:vanguards",
            },
        ],
        "source_note": [
            {"source": SampleSource(), "moment": NOW},
            {"source": SampleSource(), "moment": NOW, "certainty": "inferred"},
        ],
        "slip_strip": [
            {
                "slip": "Three months later than first planned",
                "first": "March 2019",
                "first_published": "June 2018",
                "items": [
                    {
                        "date": "June 2019",
                        "published": "12 January 2019",
                        "reason": "building works.",
                    }
                ],
                "done": "20 June 2019",
            }
        ],
        "fold": [
            {
                "title": "2019",
                "number": 2,
                "of": "source",
                "level": 4,
                "content": _html("<p>What opens.</p>"),
            }
        ],
        "timeline": [
            {
                "items": [
                    {
                        "date": "March 2015",
                        "heading": "Chosen as a vanguard",
                        "href": "#vanguard",
                        "level": 4,
                        "text": _html(
                            "<p>One of nine integrated primary and acute care systems.</p>"
                        ),
                    },
                    {"date": "June 2016", "heading": "Twelve communities", "level": 4},
                ]
            }
        ],
    },
    "Words and links": {
        "button": [
            {"text": "Save and continue"},
            {"text": "Save as draft", "variant": "secondary"},
            {"text": "Withdraw", "variant": "warning"},
            {"text": "Find", "icon": "search", "small": True},
            {"text": "Start", "href": "#start"},
        ],
        "action_link": [{"text": "Find your community", "href": "#find"}],
        "back_link": [{"text": "All programmes", "href": "#list"}],
        "tag": [{"text": "Draft", "colour": "grey"}, {"text": "Published", "colour": "green"}],
        "icon": [{"name": "tick", "title": "Done"}, {"name": "search", "title": "Search"}],
        "inset_text": [{"content": _html("<p>Figures before April 2016 count another area.</p>")}],
        "warning_callout": [
            {
                "heading": "Before you publish",
                "heading_level": 4,
                "content": _html("<p>The public sees this at once.</p>"),
            }
        ],
        "details": [{"summary": "Why are there two dates?", "content": _html("<p>One moved.</p>")}],
        "expander": [
            {"summary": "All moves of the date", "content": _html("<p>There was one.</p>")}
        ],
        "panel": [
            {
                "heading": "Update sent",
                "heading_level": 4,
                "heading_size": "m",
                "content": "Another person will read it",
            }
        ],
        "notification_banner": [
            {"text": "The update was saved as a draft.", "title_id": "sample-banner"},
            {
                "text": "The news item is public.",
                "variant": "success",
                "role": "region",
                "title_id": "sample-banner-success",
                "disable_auto_focus": True,
            },
        ],
        "card": [
            {
                "heading": "Respiratory care",
                "heading_level": 4,
                "heading_size": "m",
                "href": "#card",
                "clickable": True,
                "description": "Help for people with long-term lung conditions, near home.",
            }
        ],
        "image": [
            {
                "caption": "A map stands here.",
                "content": _html(
                    '<svg viewBox="0 0 120 40" width="120" height="40" role="img" aria-label="Two waves"><path class="bhcp-line" d="M4 20c10-12 20-12 30 0s20 12 30 0 20-12 30 0"/></svg>'
                ),
            }
        ],
    },
    "Finding the way": {
        "breadcrumb": [{"items": LINKS, "aria_label": "Breadcrumb sample"}],
        "pagination": [
            {
                "previous_href": "#1",
                "next_href": "#3",
                "aria_label": "Pages sample",
                "items": [
                    {"number": 1, "href": "#1"},
                    {"number": 2, "href": "#2", "current": True},
                    {"number": 3, "href": "#3"},
                ],
            },
            {"next_href": "#next", "next_label": "November 2019", "aria_label": "Next page sample"},
        ],
        "contents_list": [
            {
                "aria_label": "Contents sample",
                "items": [
                    {"text": "Progress", "href": "#p", "current": True},
                    {"text": "Milestones", "href": "#m"},
                ],
            }
        ],
        "task_list": [
            {
                "items": [
                    {"heading": "Summary", "href": "#summary", "status": "Completed"},
                    {
                        "heading": "Milestones",
                        "href": "#ms",
                        "hint": "Two are due",
                        "tag": {"text": "To do", "colour": "blue"},
                    },
                ]
            }
        ],
        "skip_link": LAYOUT,
        "header": LAYOUT,
        "footer": LAYOUT,
    },
    "Facts": {
        "summary_list": [{"rows": ROWS}],
        "table": [
            {
                "caption": "Milestones",
                "caption_size": "s",
                "responsive": True,
                "first_cell_is_header": True,
                "head": ["Milestone", "Date", {"text": "People", "format": "numeric"}],
                "rows": [
                    ["First team at work", "March 2017", "120"],
                    ["All teams at work", "June 2019", "1,030"],
                ],
            }
        ],
        "cell": "Part of a table whose rows a page writes itself.",
    },
    "Forms": {
        "input": [
            {"label": "Title", "name": "title", "hint": "A few words"},
            {
                "label": "Cost",
                "name": "cost",
                "prefix": "£",
                "width": 10,
                "error": "Enter a cost in pounds",
            },
        ],
        "search_input": [{"label": "Find a programme", "name": "q"}],
        "textarea": [{"label": "What is next", "name": "next", "rows": 3}],
        "character_count": [
            {"label": "Summary", "name": "public_summary", "maxlength": 600, "rows": 3}
        ],
        "select": [{"label": "Year", "name": "year", "items": YEARS, "value": "2018"}],
        "radios": [
            {
                "legend": "Does the end date change?",
                "name": "moves",
                "items": [("yes", "Yes"), ("no", "No")],
            }
        ],
        "checkboxes": [{"legend": "Years", "name": "years", "items": YEARS, "values": ["2017"]}],
        "date_input": [
            {"legend": "End date", "id": "sample-end", "hint": "For example, 30 6 2027"},
        ],
        "file_upload": [{"label": "Upload a table", "name": "table"}],
        "password_input": [{"label": "Password", "name": "password"}],
        "error_summary": [
            {
                "items": [{"text": "Enter a cost in pounds", "href": "#cost"}],
                "disable_auto_focus": True,
            }
        ],
        "fieldset": [
            {
                "legend": "About the programme",
                "legend_size": "m",
                "content": _html("<p>Several fields.</p>"),
            }
        ],
        "label": "Part of every field.",
        "legend": "Part of a fieldset.",
        "hint": "Part of every field.",
        "error_message": "Part of every field.",
    },
}


def samples():
    """The groups by name, each a list of (component, its samples as HTML, why there are none)."""
    return {
        group: [
            (name, "", given)
            if isinstance(given, str)
            else (name, [render_component(name, **arguments) for arguments in given], "")
            for name, given in components.items()
        ]
        for group, components in SAMPLES.items()
    }


SAMPLE_SERIES = [
    *(70, 74, 69, 72, 75, 71, 68, 73, 70, 74, 72, 69, 71, 75, 88, 70, 72, None, None, 73),
    *(52, 55, 51, 54, 56, 53, 50, 55, 52, 57, 54, 51, 53, 38, 52, 54),
]


def pictures():
    """A chart with every feature, its sparkline, and the icons with their words."""
    values, last = SAMPLE_SERIES, len(SAMPLE_SERIES) - 1
    analysis = analyse(values, improvement="increase", rebase_at=[20], rules=PORTAL)
    drawn = Drawn(
        title="A sample, not a real series",
        description="A sample chart with limits, targets, a new start, notes and gaps.",
        periods=tuple(f"Month {index}" for index in range(1, len(values) + 1)),
        values=tuple("" if value is None else f"{value}%" for value in values),
        analysis=analysis,
        unit="Percentage",
        is_percentage=True,
        floor=None,
        provisional=frozenset({last}),
        hidden=frozenset({18}),
        targets=(
            TargetLine("A standard", ((0, 80.0), (last, 80.0)), "standard"),
            TargetLine("A local aim", ((20, 60.0), (last, 60.0)), "local_aim"),
            TargetLine("A plan", ((20, 54.0), (last, 66.0)), "trajectory"),
        ),
        breaks=(Break(20, "From month 21: another way of counting"),),
        notes=(Note(14, "Something happened", 1), Note(33, "Something else happened", 2)),
    )
    return {
        "chart": _html(chart(drawn)),
        "sparkline": _html(
            sparkline(
                [point.value for point in analysis.points],
                kind=analysis.points[-1].kind,
                words="A sample sparkline",
                starts=[20],
            )
        ),
        "icons": [
            *((_html(variation_icon(code)), words) for code, words in VARIATION_WORDS.items()),
            *((_html(assurance_icon(code)), words) for code, words in ASSURANCE_WORDS.items()),
        ],
    }


@staff_only()
def style_guide(request):
    """Every component on one page, and a form as the form templates draw it."""
    shown = {
        "groups": samples(),
        "pictures": pictures(),
        "empty": SampleForm(),
        "refused": SampleForm({"ends_on": "31 June 2027"}, prefix="sent"),
    }
    return render(request, "style_guide.html", shown)
