
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('iccs', '0001_initial'),
        ('kit', '0002_proposals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccplace',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccplace',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccplace',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccpractice',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccpractice',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccpractice',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccprofile',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccprofile',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='iccprofile',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='priority',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='priority',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='priority',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='iccplace',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='iccplace',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='iccplaceevent',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='iccplaceevent',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='iccpractice',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='iccpractice',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='iccpracticeevent',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='iccpracticeevent',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='iccprofile',
            name='began_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='when it began'),
        ),
        migrations.AddField(
            model_name='iccprofile',
            name='began_on',
            field=models.DateField(blank=True, null=True, verbose_name='its first day'),
        ),
        migrations.AddField(
            model_name='iccprofileevent',
            name='began_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='when it began'),
        ),
        migrations.AddField(
            model_name='iccprofileevent',
            name='began_on',
            field=models.DateField(blank=True, null=True, verbose_name='its first day'),
        ),
        migrations.AddField(
            model_name='priority',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='priority',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='priorityevent',
            name='starts_as',
            field=models.CharField(blank=True, db_default='', default='', max_length=21, verbose_name='the first day it holds'),
        ),
        migrations.AddField(
            model_name='priorityevent',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccplace',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccplaceevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "is_main", "name", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."is_main", NEW."name", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because"); RETURN NULL;', hash='0737ddbef5e318a36ac26b9d4be3c2aca240a331', operation='INSERT', pgid='pgtrigger_insert_insert_15e9e', table='iccs_iccplace', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccplace',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."ends_as" IS DISTINCT FROM (NEW."ends_as") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_main" IS DISTINCT FROM (NEW."is_main") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."starts_as" IS DISTINCT FROM (NEW."starts_as") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because"))', func='INSERT INTO "iccs_iccplaceevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "is_main", "name", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."is_main", NEW."name", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because"); RETURN NULL;', hash='981d293fd7d18ce1e71974c5d6a53c10593074f7', operation='UPDATE', pgid='pgtrigger_update_update_3a5ce', table='iccs_iccplace', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccplace',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccplaceevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "is_main", "name", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because") VALUES (OLD."author_id", OLD."certainty", OLD."ends_as", OLD."ends_on", OLD."icc_id", OLD."id", OLD."is_main", OLD."name", OLD."note", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."published_as", OLD."published_at", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."starts_as", OLD."starts_on", OLD."taken_back_at", OLD."taken_back_because"); RETURN NULL;', hash='eafb4313caa0d842b38f01c5c8ec92368fb3eb6f', operation='DELETE', pgid='pgtrigger_delete_delete_efe76', table='iccs_iccplace', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccpractice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccpracticeevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "name", "note", "ods_code", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "town") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."name", NEW."note", NEW."ods_code", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."town"); RETURN NULL;', hash='2c3ca48638519c7dd9735115ff7db499fead7505', operation='INSERT', pgid='pgtrigger_insert_insert_cc5ae', table='iccs_iccpractice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccpractice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."ends_as" IS DISTINCT FROM (NEW."ends_as") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."ods_code" IS DISTINCT FROM (NEW."ods_code") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."starts_as" IS DISTINCT FROM (NEW."starts_as") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because") OR OLD."town" IS DISTINCT FROM (NEW."town"))', func='INSERT INTO "iccs_iccpracticeevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "name", "note", "ods_code", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "town") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."name", NEW."note", NEW."ods_code", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."town"); RETURN NULL;', hash='2876a607832b3082e72b6f8188e7d02ae508a5e8', operation='UPDATE', pgid='pgtrigger_update_update_32f85', table='iccs_iccpractice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccpractice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccpracticeevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "name", "note", "ods_code", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "town") VALUES (OLD."author_id", OLD."certainty", OLD."ends_as", OLD."ends_on", OLD."icc_id", OLD."id", OLD."name", OLD."note", OLD."ods_code", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."published_as", OLD."published_at", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."starts_as", OLD."starts_on", OLD."taken_back_at", OLD."taken_back_because", OLD."town"); RETURN NULL;', hash='66b842e75a92ff4663ac09b0cd5c77aa02d15920', operation='DELETE', pgid='pgtrigger_delete_delete_4df84', table='iccs_iccpractice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccprofile',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccprofileevent" ("about", "author_id", "began_as", "began_on", "certainty", "council", "icc_id", "id", "latitude", "longitude", "name", "network_id", "network_note", "note", "origin", "other_names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because") VALUES (NEW."about", NEW."author_id", NEW."began_as", NEW."began_on", NEW."certainty", NEW."council", NEW."icc_id", NEW."id", NEW."latitude", NEW."longitude", NEW."name", NEW."network_id", NEW."network_note", NEW."note", NEW."origin", NEW."other_names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."taken_back_at", NEW."taken_back_because"); RETURN NULL;', hash='e2fb8b866400bcf6c9b22b55e5c463a66442a080', operation='INSERT', pgid='pgtrigger_insert_insert_2a86f', table='iccs_iccprofile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccprofile',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."about" IS DISTINCT FROM (NEW."about") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."began_as" IS DISTINCT FROM (NEW."began_as") OR OLD."began_on" IS DISTINCT FROM (NEW."began_on") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."council" IS DISTINCT FROM (NEW."council") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."latitude" IS DISTINCT FROM (NEW."latitude") OR OLD."longitude" IS DISTINCT FROM (NEW."longitude") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."network_id" IS DISTINCT FROM (NEW."network_id") OR OLD."network_note" IS DISTINCT FROM (NEW."network_note") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."other_names" IS DISTINCT FROM (NEW."other_names") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because"))', func='INSERT INTO "iccs_iccprofileevent" ("about", "author_id", "began_as", "began_on", "certainty", "council", "icc_id", "id", "latitude", "longitude", "name", "network_id", "network_note", "note", "origin", "other_names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because") VALUES (NEW."about", NEW."author_id", NEW."began_as", NEW."began_on", NEW."certainty", NEW."council", NEW."icc_id", NEW."id", NEW."latitude", NEW."longitude", NEW."name", NEW."network_id", NEW."network_note", NEW."note", NEW."origin", NEW."other_names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."taken_back_at", NEW."taken_back_because"); RETURN NULL;', hash='a48b10ce4f8a466a8c54eb189dd6a354e3f712c6', operation='UPDATE', pgid='pgtrigger_update_update_b5fe8', table='iccs_iccprofile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='iccprofile',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_iccprofileevent" ("about", "author_id", "began_as", "began_on", "certainty", "council", "icc_id", "id", "latitude", "longitude", "name", "network_id", "network_note", "note", "origin", "other_names", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because") VALUES (OLD."about", OLD."author_id", OLD."began_as", OLD."began_on", OLD."certainty", OLD."council", OLD."icc_id", OLD."id", OLD."latitude", OLD."longitude", OLD."name", OLD."network_id", OLD."network_note", OLD."note", OLD."origin", OLD."other_names", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."published_as", OLD."published_at", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."taken_back_at", OLD."taken_back_because"); RETURN NULL;', hash='4296c9bb0c841a0e73dde98fb08c9f86ca2df556', operation='DELETE', pgid='pgtrigger_delete_delete_22692', table='iccs_iccprofile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='priority',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_priorityevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."words"); RETURN NULL;', hash='d57398defd4d176b3a56e29a4c3bd587576923e2', operation='INSERT', pgid='pgtrigger_insert_insert_7d2b2', table='iccs_priority', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='priority',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."ends_as" IS DISTINCT FROM (NEW."ends_as") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."starts_as" IS DISTINCT FROM (NEW."starts_as") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because") OR OLD."words" IS DISTINCT FROM (NEW."words"))', func='INSERT INTO "iccs_priorityevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."icc_id", NEW."id", NEW."note", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."published_as", NEW."published_at", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."taken_back_at", NEW."taken_back_because", NEW."words"); RETURN NULL;', hash='1c9a9dc898999d235766762fe51d16c10e669863', operation='UPDATE', pgid='pgtrigger_update_update_4df20', table='iccs_priority', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='priority',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "iccs_priorityevent" ("author_id", "certainty", "ends_as", "ends_on", "icc_id", "id", "note", "origin", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_as", "published_at", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "taken_back_at", "taken_back_because", "words") VALUES (OLD."author_id", OLD."certainty", OLD."ends_as", OLD."ends_on", OLD."icc_id", OLD."id", OLD."note", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."published_as", OLD."published_at", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."starts_as", OLD."starts_on", OLD."taken_back_at", OLD."taken_back_because", OLD."words"); RETURN NULL;', hash='fb8e0721b2ad8323c6de1110a6fcbbd55f19f9c0', operation='DELETE', pgid='pgtrigger_delete_delete_b711c', table='iccs_priority', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='iccplace',
            constraint=models.CheckConstraint(condition=models.Q(('starts_as', ''), ('starts_as__regex', '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?|.*removed.*|rem)$'), _connector='OR'), name='iccs_iccplace_starts_as_shape', violation_error_message='What is written there is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03'),
        ),
        migrations.AddConstraint(
            model_name='iccpractice',
            constraint=models.CheckConstraint(condition=models.Q(('starts_as', ''), ('starts_as__regex', '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?|.*removed.*|rem)$'), _connector='OR'), name='iccs_iccpractice_starts_as_shape', violation_error_message='What is written there is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03'),
        ),
        migrations.AddConstraint(
            model_name='iccprofile',
            constraint=models.CheckConstraint(condition=models.Q(('began_as', ''), ('began_as__regex', '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?|.*removed.*|rem)$'), _connector='OR'), name='iccs_iccprofile_began_as_shape', violation_error_message='What is written there is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03'),
        ),
        migrations.AddConstraint(
            model_name='priority',
            constraint=models.CheckConstraint(condition=models.Q(('starts_as', ''), ('starts_as__regex', '^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(/[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?|.*removed.*|rem)$'), _connector='OR'), name='iccs_priority_starts_as_shape', violation_error_message='What is written there is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03'),
        ),
    ]
