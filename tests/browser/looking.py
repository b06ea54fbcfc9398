"""What every page in a browser has to stand (CONTRACT 7): axe, and a narrow screen.

Wide, all of axe's default rules and the size of targets are asked; on a phone only what a narrow screen changes:
the size of targets, contrast, and that nothing sticks out.
"""

from pathlib import Path

from django.conf import settings

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
NARROW, WIDE, HEIGHT = 320, 1280, 900
WIDTHS = (NARROW, WIDE)
ALL_RULES = {"rules": {"target-size": {"enabled": True}}}
OF_A_NARROW_SCREEN = {"runOnly": {"type": "rule", "values": ["target-size", "color-contrast"]}}
RULES = {NARROW: OF_A_NARROW_SCREEN, WIDE: ALL_RULES}
RUN = """async (rules) => {
    const found = await axe.run({...rules, resultTypes: ["violations"]});
    return found.violations.flatMap(
        (each) => each.nodes.slice(0, 3).map((node) => `${each.id}: ${node.html.slice(0, 200)}`)
    );
}"""
# The elements that reach beyond the screen, but for those in a box that scrolls by itself.
STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => element && element !== document.documentElement
        && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    return [...document.body.querySelectorAll("*")]
        .filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each.parentElement))
        .map((each) => `sticks out: ${each.outerHTML.slice(0, 200)}`).concat(["is wider than the screen"]).slice(-3);
}"""
# Every component of the design system has begun, and the page stays as it is from one frame to the next: the
# header's script looks at the width in the frame after the page, or a new width, came.
SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const isScripted = document.querySelector("link[rel=modulepreload]");
    const hasBegun = () => !isScripted || [...document.querySelectorAll("[data-module^=nhsuk-]")]
        .every((each) => each.hasAttribute(`data-${each.dataset.module}-init`));
    const look = () => `${hasBegun()} ${document.documentElement.scrollWidth} ${document.body.innerHTML}`;
    const end = performance.now() + 10000;
    for (let still = 0, before = ""; still < 2; before = look()) {
        if (performance.now() > end) throw new Error(`The page does not come to rest: ${hasBegun() ? "it goes on changing" : "a component has not begun"}.`);
        await frame();
        still = hasBegun() && look() === before ? still + 1 : 0;
    }
}"""


# All three, one after the other.
LOOK = f"""async (rules) => {{
    await ({SETTLED})();
    return [...await ({RUN})(rules), ...({STICKING_OUT})()];
}}"""


def faults_at(page, width):
    """What is wrong with a page at a width, as sentences; axe must be there already."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return [f"at {width}: {fault}" for fault in page.evaluate(LOOK, RULES[width])]


def look(page):
    """Nothing is wrong with the page that is open, at any width."""
    page.evaluate(AXE.read_text())
    found = [fault for width in WIDTHS for fault in faults_at(page, width)]
    assert found == [], page.url
