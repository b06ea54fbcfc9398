"""Steps that people take on more than one journey."""

import re

from playwright.sync_api import expect

from tests.factories.partners import PASSWORD, code_now

# What has the focus: its label or its words, whether it is in the window, and whether the design
# system's colour of the focus is on it; on the map on a shape in it, and of a box to tick on what
# is drawn in its place.
FOCUSED = """() => {
    const e = document.activeElement;
    const labels = [...e.labels || []];
    const label = labels.length ? labels[0].innerText : "";
    const box = e.getBoundingClientRect();
    const styles = [e, ...e.children].map(part => getComputedStyle(part));
    const colours = [...styles, ...labels.map(each => getComputedStyle(each, "::before"))].flatMap(
        style => [style.backgroundColor, style.outlineColor, style.boxShadow, style.fill]);
    return {
        isNowhere: e === document.body,
        name: (label || e.innerText || e.value || e.textContent || "").trim(),
        isInWindow: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        isMarked: colours.some(colour => colour.includes("rgb(255, 235, 59)")),
    };
}"""

# A page that has not been drawn yet takes no keys.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


PHONE = {"width": 320, "height": 800}


def fits(page):
    """Nothing on a phone's page is wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


def link(page, name, **how):
    """A link of the page itself, by its words."""
    return page.get_by_role("main").get_by_role("link", name=name, **how)


def button(page, name):
    """A button by its exact words."""
    return page.get_by_role("button", name=name, exact=True)


def follow(link_or_button):
    """Press what leads to another page, and wait until that page is there, whole.

    Where a page has scripts that is by pointer, and without them by keyboard.
    """
    page = link_or_button.page
    has_scripts = page.evaluate("matchMedia('(scripting: enabled)').matches")
    with page.expect_navigation():
        if has_scripts:
            link_or_button.click()
        else:
            link_or_button.press("Enter")


def enter(page):
    """The same by keyboard, on what has the focus."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page, address, who):
    """By email, password and the code of the person's app."""
    page.goto(f"{address}/staff/")
    page.get_by_label("Email address").fill(who.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign in", exact=True))
    page.get_by_label(re.compile("code", re.IGNORECASE)).first.fill(code_now())
    follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your tasks")


def join(page, address, way_in):
    """Follow an invitation, and set a password."""
    page.goto(address + way_in)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    follow(page.get_by_role("button", name="Set the password"))


def give_password(page, email="ann@example.org"):
    """The first half of signing in."""
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign in", exact=True))


def set_up_app(page):
    """Set up an app for the second step; gives its secret."""
    follow(page.get_by_role("button", name="Use an app"))
    secret = page.locator(".bhcp-key").inner_text()
    page.get_by_label("Code that the app shows").fill(code_now(secret))
    follow(page.get_by_role("button", name="Finish"))
    return secret


def go_to(page, name, *, exact=False, most=60):
    """Tab until what has this name or label has the focus, which is seen at every stop."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["isNowhere"]:  # Between the end and the start of a page, or it is not drawn yet.
            page.wait_for_timeout(50)
            continue
        assert stop["isInWindow"], f"Nobody sees where the focus is: “{stop['name']}”, {page.url}"
        assert stop["isMarked"], f"The focus does not show on “{stop['name']}”, {page.url}"
        if name == stop["name"] if exact else name in stop["name"]:
            return
    raise AssertionError(f"“{name}” was not reached by {most} presses of Tab")


# -- by keyboard alone ------------------------------------------------------------------------------


def press(page, name, *, exact=False, most=60):
    """Go to a link or a button, and follow it."""
    go_to(page, name, exact=exact, most=most)
    enter(page)


def write(page, label, text):
    """Go to a field and write in it, in place of what is there."""
    go_to(page, label)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def select(page, label, option):
    """Go to a list and choose from it by the letters of an option."""
    go_to(page, label)
    page.keyboard.type(option)


def tick(page, label):
    """Go to a box and tick it."""
    go_to(page, label)
    page.keyboard.press("Space")


def choose(page, first, name):
    """Go to one of several choices, of which the Tab key reaches the first, by the arrow keys."""
    go_to(page, first)
    page.keyboard.press("Space")
    for _ in range(9):
        if name in page.evaluate(FOCUSED)["name"]:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"“{name}” was not reached from “{first}”")


def says_so_ourselves(page):
    """Say that a change rests on no document, and go on."""
    choose(page, "A document or data set says so", "We say so ourselves")
    press(page, "Continue")


def attach(page, label, file):
    """Go to the field of a file; what it opens to choose one is the system's, not ours."""
    go_to(page, label)
    page.locator(":focus").set_input_files(file)
