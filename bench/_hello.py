"""The smallest view that Django can have, for gunicorn: `gunicorn bench._hello`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[])


def hello(request):
    return HttpResponse("Hello, world.")


urlpatterns = [re_path("", hello)]
application = get_wsgi_application()
