"""Windows for several people at once."""

import pytest


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def open_browser(request, browser, browser_context_args):
    """Opens a browser's window of its own, with scripts and without."""
    opened = []

    def open_one(**options):
        context = browser.new_context(
            **{**browser_context_args, "java_script_enabled": request.param, **options}
        )
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()
