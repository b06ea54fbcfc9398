
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('iccs', '0002_first_days'),
        ('kit', '0002_proposals'),
        ('programmes', '0002_programme_stages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeicc',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeicc',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeicc',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='programmeicc',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='programmeicc',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='programmeiccevent',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='programmeiccevent',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeicc',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_programmeiccevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."words"); RETURN NULL;', hash='706b551635a6c6d83ef6fe23072cf5366da995b5', operation='INSERT', pgid='pgtrigger_insert_insert_54e34', table='programmes_programmeicc', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeicc',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."ends_as" IS DISTINCT FROM (NEW."ends_as") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."programme_id" IS DISTINCT FROM (NEW."programme_id") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."starts_as" IS DISTINCT FROM (NEW."starts_as") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because") OR OLD."words" IS DISTINCT FROM (NEW."words"))', func='INSERT INTO "programmes_programmeiccevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."words"); RETURN NULL;', hash='9a0dab2968a610a4d4cf8c3e2c876097c63112c4', operation='UPDATE', pgid='pgtrigger_update_update_52ab5', table='programmes_programmeicc', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeicc',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_programmeiccevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (OLD."author_id", OLD."certainty", OLD."ends_as", OLD."ends_on", OLD."icc_id", OLD."id", OLD."note", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."programme_id", OLD."published_as", OLD."published_at", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."starts_as", OLD."starts_on", OLD."taken_back_at", OLD."taken_back_because", OLD."words"); RETURN NULL;', hash='1523fdb3ff14e5d7b69f7bb0055e7bd3686e66be', operation='DELETE', pgid='pgtrigger_delete_delete_41a05', table='programmes_programmeicc', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='programmeicc',
            constraint=models.CheckConstraint(condition=models.Q(('starts_as', ''), ('starts_as__regex', '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?|.*removed.*|rem)$'), _connector='OR'), name='programmes_programmeicc_starts_as_shape', violation_error_message='What is written there is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03'),
        ),
    ]
