from ninja import Query, Router

from bhcp_portal.kit.api import AskedPage, answers, list_schema, page, schema_for, serialise
from tests.walks.models import WalkProfile
from tests.walks.tables import WalkProfileTable

router = Router(tags=["Walks"])
ROUTERS = {"walks": router}
PROFILES = WalkProfileTable()
WalkOut = schema_for("WalkOut", PROFILES)


@router.get("", response=answers(list_schema(WalkOut)), url_name="walks")
def walk_list(request, asked: Query[AskedPage]):
    """The walks"""
    rows = WalkProfile.objects.live(request.moment.at).select_related("walk", "source")
    return page(request, asked, rows, lambda row: serialise(PROFILES, row))
