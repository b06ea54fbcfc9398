"""What a page holds is said before its text, where it stands beside it on a wide screen."""

import re
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_a_list_of_what_a_page_holds_comes_before_the_text_in_the_order_of_the_document():
    layout = (TEMPLATES / "layouts/public.html").read_text()
    assert (
        layout.index("block contents")
        < layout.index("block content %")
        < layout.index("block side")
    )
    found = [path for path in TEMPLATES.rglob("*.html") if "bhcp-contents" in path.read_text()]
    assert len(found) >= 4
    for path in found:
        in_its_block = re.findall(
            r"{% block contents %}(.*?){% endblock %}", path.read_text(), re.DOTALL
        )
        assert path.read_text().count("bhcp-contents") == "".join(in_its_block).count(
            "bhcp-contents"
        ), path
