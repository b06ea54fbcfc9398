from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.template import TemplateSyntaxError
from django.template.loader import get_template

from bhcp_portal.env import BASE_DIR

TEMPLATES = BASE_DIR / "templates"


@register()
def readers_can_write(app_configs, **kwargs):
    """A warning at each start of a portal that gives its readers no address to write to."""
    if settings.CONTACT_EMAIL or settings.DEBUG or not settings.SITE_URL.startswith("https:"):
        return []
    return [
        Warning(
            "The contact page gives readers no address.",
            hint="Set CONTACT_EMAIL to a mailbox that somebody reads.",
            id="portal.W001",
        )
    ]


@register(Tags.templates, deploy=True)
def every_template_compiles(app_configs, **kwargs):
    """A check before deployment: an error for each template that does not compile.

    It finds a misspelt tag before somebody opens the page.
    """
    errors = []
    for path in sorted(TEMPLATES.rglob("*.*")):
        name = str(path.relative_to(TEMPLATES))
        try:
            get_template(name)
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            errors.append(Error(f"{name} does not compile: {error}", id="portal.E001"))
    return errors
