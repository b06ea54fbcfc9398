"""Prints, as JSON, what the portal answers once the app of walks is installed and one walk is on record."""

import json

import django
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment

ADDRESSES = (
    "/changes/",
    "/changes/feed/",
    "/",
    "/sources/leaflet/",
    "/open-data/",
    "/open-data/walk_profiles.csv",
    "/api/v1/walks",
    "/api/v1/openapi.json",
)


def main():
    django.setup()
    from tests.factories.kit import on_record, source
    from tests.walks.models import Walk, WalkProfile

    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        walk = Walk.objects.create(slug="shore")
        leaflet = source("leaflet", published_as="2019-05")
        on_record(
            WalkProfile,
            walk=walk,
            name="Along the shore",
            length="4.5",
            pace="slow",
            source=leaflet,
        )
        client = Client()
        print(json.dumps({path: client.get(path).content.decode() for path in ADDRESSES}))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
