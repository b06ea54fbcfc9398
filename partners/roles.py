"""The roles of CONTRACT 3 and what each may do.

A permission is ``app.codename``. A role is held for one partner or for all (see ``RoleGrant``). The
querysets' ``accessible_to`` limits the rows to those partners.
"""

from django.db import models


class Role(models.TextChoices):
    PROGRAMME_EDITOR = "programme_editor", "Programme editor"
    PROGRAMME_APPROVER = "programme_approver", "Programme approver"
    DATA_STEWARD = "data_steward", "Data steward"
    NEWS_EDITOR = "news_editor", "News editor"
    NEWS_PUBLISHER = "news_publisher", "News publisher"
    ENGAGEMENT_OFFICER = "engagement_officer", "Engagement officer"
    COMMITTEE_OFFICER = "committee_officer", "Committee officer"
    RECORD_KEEPER = "record_keeper", "Record keeper"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


SEE_PROGRAMMES = "programmes.view_statusupdate"
WRITE_STATUS = "programmes.add_statusupdate"
DECIDE_STATUS = "programmes.approve_statusupdate"
MOVE_MILESTONE = "programmes.change_milestone"
SEE_METRICS = "metrics.view_metric"
SEND_READINGS = "metrics.add_reading"
CONFIRM_READINGS = "metrics.confirm_reading"
CHANGE_METRICS = "metrics.change_metric"
SEE_NEWS = "newsroom.view_newsversion"
WRITE_NEWS = "newsroom.change_newsversion"
DECIDE_NEWS = "newsroom.publish_newsversion"
WRITE_PROGRAMMES = "programmes.change_programmeprofile"
DECIDE_PROGRAMMES = "programmes.approve_programmeprofile"
KEEP_RECORD = "kit.keep_record"
SEE_RECORD = "kit.view_proposal"
WRITE_RECORD = "kit.add_proposal"
DECIDE_RECORD = "kit.decide_proposal"
TAKE_BACK = "kit.take_back"
LOAD_TABLES = "kit.load_tables"
SEE_HISTORY = "kit.view_history"
REDACT = "kit.redact"
SEE_TASKS = "kit.view_tasks"
RUN_TASKS = "kit.run_tasks"
SEE_SECURITY = "partners.view_security"
SEE_PEOPLE = "partners.view_people"
MANAGE_PEOPLE = "partners.manage_people"
REVIEW_PEOPLE = "partners.review_people"

PERMISSIONS = {
    Role.PROGRAMME_EDITOR: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEE_RECORD,
        WRITE_STATUS,
        MOVE_MILESTONE,
        WRITE_RECORD,
        WRITE_PROGRAMMES,
    },
    Role.PROGRAMME_APPROVER: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEE_RECORD,
        DECIDE_STATUS,
        DECIDE_RECORD,
        DECIDE_PROGRAMMES,
        TAKE_BACK,
    },
    Role.DATA_STEWARD: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEND_READINGS,
        CONFIRM_READINGS,
        CHANGE_METRICS,
        SEE_RECORD,
        TAKE_BACK,
        LOAD_TABLES,
        SEE_HISTORY,
    },
    Role.NEWS_EDITOR: {SEE_NEWS, WRITE_NEWS},
    Role.NEWS_PUBLISHER: {SEE_NEWS, WRITE_NEWS, DECIDE_NEWS},
    Role.ENGAGEMENT_OFFICER: {SEE_PROGRAMMES, SEE_NEWS},
    Role.COMMITTEE_OFFICER: {SEE_PROGRAMMES, SEE_NEWS},
    Role.RECORD_KEEPER: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEE_NEWS,
        SEE_RECORD,
        SEE_HISTORY,
        WRITE_RECORD,
        WRITE_PROGRAMMES,
        DECIDE_RECORD,
        DECIDE_PROGRAMMES,
        KEEP_RECORD,
        TAKE_BACK,
    },
    Role.AUDITOR: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEE_NEWS,
        SEE_RECORD,
        SEE_HISTORY,
        SEE_PEOPLE,
        SEE_SECURITY,
        SEE_TASKS,
    },
    Role.ADMINISTRATOR: {
        SEE_PROGRAMMES,
        SEE_METRICS,
        SEE_NEWS,
        SEE_RECORD,
        SEE_HISTORY,
        SEE_PEOPLE,
        SEE_SECURITY,
        SEE_TASKS,
        MANAGE_PEOPLE,
        REVIEW_PEOPLE,
        REDACT,
        RUN_TASKS,
    },
}

# What whoever leads for a partner may do besides, for that partner.
OF_LEADS = {REVIEW_PEOPLE}


def roles_with(permission):
    """The roles that carry a permission."""
    return [role for role, permissions in PERMISSIONS.items() if permission in permissions]
