"""A task that takes its time the first time, so that its worker can be killed meanwhile."""

import time

from django.core.cache import cache
from django_tasks import task


@task
def slow():
    if cache.add("slow began", True):
        time.sleep(60)
