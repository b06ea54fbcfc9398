from django.contrib import admin

from bhcp_portal.kit.admin import ReadOnlyAdmin, TrackedAdmin, register_statements
from engagement.models import NewsIcc, NewsItem, NewsPartner, NewsProgramme

register_statements("engagement")
admin.site.register(NewsItem, TrackedAdmin)
admin.site.register([NewsPartner, NewsProgramme, NewsIcc], ReadOnlyAdmin)
