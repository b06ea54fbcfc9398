from django.contrib import admin

from bhcp_portal.kit.admin import ReadOnlyAdmin, TrackedAdmin, register_statements
from newsroom.models import NewsIcc, NewsItem, NewsPartner, NewsProgramme, StandingPage

register_statements("newsroom")
admin.site.register([NewsItem, StandingPage], TrackedAdmin)
admin.site.register([NewsPartner, NewsProgramme, NewsIcc], ReadOnlyAdmin)
