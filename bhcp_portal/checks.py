from django.core.checks import Error, Tags, register
from django.template import TemplateSyntaxError
from django.template.loader import get_template

from bhcp_portal.env import BASE_DIR

TEMPLATES = BASE_DIR / "templates"


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
