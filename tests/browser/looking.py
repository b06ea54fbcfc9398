"""What every page a test comes by has to stand: axe, and a narrow screen."""

from pathlib import Path

AXE = Path("node_modules/axe-core/axe.min.js")
WIDTHS = (320, 1280)


def look(page):
    """axe's default rules and the size of targets find nothing, and nothing sticks out."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(AXE.read_text())
        found = page.evaluate(
            """async () => (await axe.run({rules: {"target-size": {enabled: true}}}))
                .violations.map(each => [each.id, each.nodes.map(node => node.html)])"""
        )
        assert found == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
