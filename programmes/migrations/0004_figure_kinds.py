
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('iccs', '0005_trusts'),
        ('kit', '0005_revision'),
        ('programmes', '0003_community_first_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='figure',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='figure',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='figure',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeprofile',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeprofile',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programmeprofile',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='figure',
            name='kind',
            field=models.CharField(blank=True, choices=[('result', 'Result'), ('activity', 'Work done'), ('need', 'Need or background'), ('plan', 'Aim or plan')], db_default='', default='', max_length=8, verbose_name='what it tells of'),
        ),
        migrations.AddField(
            model_name='figureevent',
            name='kind',
            field=models.CharField(blank=True, choices=[('result', 'Result'), ('activity', 'Work done'), ('need', 'Need or background'), ('plan', 'Aim or plan')], db_default='', default='', max_length=8, verbose_name='what it tells of'),
        ),
        migrations.AddField(
            model_name='programmeprofile',
            name='where_words',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name="where it is offered, in the source's words"),
        ),
        migrations.AddField(
            model_name='programmeprofileevent',
            name='where_words',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name="where it is offered, in the source's words"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='figure',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_figureevent" ("author_id", "certainty", "code", "counts", "group", "icc_id", "id", "is_aim", "keep_apart", "kind", "note", "origin", "period", "period_as", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "qualifier", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because", "unit", "value") VALUES (NEW."author_id", NEW."certainty", NEW."code", NEW."counts", NEW."group", NEW."icc_id", NEW."id", NEW."is_aim", NEW."keep_apart", NEW."kind", NEW."note", NEW."origin", NEW."period", NEW."period_as", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."qualifier", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."taken_back_at", NEW."taken_back_because", NEW."unit", NEW."value"); RETURN NULL;', hash='3f11dd32156e8f92741b0aa4f85ed627373cd913', operation='INSERT', pgid='pgtrigger_insert_insert_07215', table='programmes_figure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='figure',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."counts" IS DISTINCT FROM (NEW."counts") OR OLD."group" IS DISTINCT FROM (NEW."group") OR OLD."icc_id" IS DISTINCT FROM (NEW."icc_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_aim" IS DISTINCT FROM (NEW."is_aim") OR OLD."keep_apart" IS DISTINCT FROM (NEW."keep_apart") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."period" IS DISTINCT FROM (NEW."period") OR OLD."period_as" IS DISTINCT FROM (NEW."period_as") OR OLD."programme_id" IS DISTINCT FROM (NEW."programme_id") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."qualifier" IS DISTINCT FROM (NEW."qualifier") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."value" IS DISTINCT FROM (NEW."value"))', func='INSERT INTO "programmes_figureevent" ("author_id", "certainty", "code", "counts", "group", "icc_id", "id", "is_aim", "keep_apart", "kind", "note", "origin", "period", "period_as", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "qualifier", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because", "unit", "value") VALUES (NEW."author_id", NEW."certainty", NEW."code", NEW."counts", NEW."group", NEW."icc_id", NEW."id", NEW."is_aim", NEW."keep_apart", NEW."kind", NEW."note", NEW."origin", NEW."period", NEW."period_as", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."qualifier", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."taken_back_at", NEW."taken_back_because", NEW."unit", NEW."value"); RETURN NULL;', hash='f7227a078a74157c5fc228ff08d3a6a32e71073e', operation='UPDATE', pgid='pgtrigger_update_update_c49b2', table='programmes_figure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='figure',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_figureevent" ("author_id", "certainty", "code", "counts", "group", "icc_id", "id", "is_aim", "keep_apart", "kind", "note", "origin", "period", "period_as", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "qualifier", "reason", "recorded_at", "source_id", "taken_back_at", "taken_back_because", "unit", "value") VALUES (OLD."author_id", OLD."certainty", OLD."code", OLD."counts", OLD."group", OLD."icc_id", OLD."id", OLD."is_aim", OLD."keep_apart", OLD."kind", OLD."note", OLD."origin", OLD."period", OLD."period_as", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."programme_id", OLD."published_as", OLD."published_at", OLD."qualifier", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."taken_back_at", OLD."taken_back_because", OLD."unit", OLD."value"); RETURN NULL;', hash='d463fdc64c89cf27dd00ec44e74bd676779f81fe', operation='DELETE', pgid='pgtrigger_delete_delete_47420', table='programmes_figure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeprofile',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_programmeprofileevent" ("author_id", "certainty", "ends_as", "ends_on", "id", "lead_words", "merged_into_id", "name", "note", "objectives", "origin", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "purpose", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "strand", "taken_back_at", "taken_back_because", "where_words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."id", NEW."lead_words", NEW."merged_into_id", NEW."name", NEW."note", NEW."objectives", NEW."origin", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."purpose", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."strand", NEW."taken_back_at", NEW."taken_back_because", NEW."where_words"); RETURN NULL;', hash='6b44a75e7e93bb36e3a41134def44d2ecf802b60', operation='INSERT', pgid='pgtrigger_insert_insert_c9643', table='programmes_programmeprofile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeprofile',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."certainty" IS DISTINCT FROM (NEW."certainty") OR OLD."ends_as" IS DISTINCT FROM (NEW."ends_as") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lead_words" IS DISTINCT FROM (NEW."lead_words") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."objectives" IS DISTINCT FROM (NEW."objectives") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."programme_id" IS DISTINCT FROM (NEW."programme_id") OR OLD."published_as" IS DISTINCT FROM (NEW."published_as") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id") OR OLD."starts_as" IS DISTINCT FROM (NEW."starts_as") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."strand" IS DISTINCT FROM (NEW."strand") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."taken_back_because" IS DISTINCT FROM (NEW."taken_back_because") OR OLD."where_words" IS DISTINCT FROM (NEW."where_words"))', func='INSERT INTO "programmes_programmeprofileevent" ("author_id", "certainty", "ends_as", "ends_on", "id", "lead_words", "merged_into_id", "name", "note", "objectives", "origin", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "purpose", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "strand", "taken_back_at", "taken_back_because", "where_words") VALUES (NEW."author_id", NEW."certainty", NEW."ends_as", NEW."ends_on", NEW."id", NEW."lead_words", NEW."merged_into_id", NEW."name", NEW."note", NEW."objectives", NEW."origin", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."programme_id", NEW."published_as", NEW."published_at", NEW."purpose", NEW."reason", NEW."recorded_at", NEW."source_id", NEW."starts_as", NEW."starts_on", NEW."strand", NEW."taken_back_at", NEW."taken_back_because", NEW."where_words"); RETURN NULL;', hash='c4d0a8759fc8d934fb5beeafa77361327ca66167', operation='UPDATE', pgid='pgtrigger_update_update_0639b', table='programmes_programmeprofile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeprofile',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "programmes_programmeprofileevent" ("author_id", "certainty", "ends_as", "ends_on", "id", "lead_words", "merged_into_id", "name", "note", "objectives", "origin", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "published_as", "published_at", "purpose", "reason", "recorded_at", "source_id", "starts_as", "starts_on", "strand", "taken_back_at", "taken_back_because", "where_words") VALUES (OLD."author_id", OLD."certainty", OLD."ends_as", OLD."ends_on", OLD."id", OLD."lead_words", OLD."merged_into_id", OLD."name", OLD."note", OLD."objectives", OLD."origin", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."programme_id", OLD."published_as", OLD."published_at", OLD."purpose", OLD."reason", OLD."recorded_at", OLD."source_id", OLD."starts_as", OLD."starts_on", OLD."strand", OLD."taken_back_at", OLD."taken_back_because", OLD."where_words"); RETURN NULL;', hash='2007982342f31264acdd71dd00ad2570f78fbe85', operation='DELETE', pgid='pgtrigger_delete_delete_18831', table='programmes_programmeprofile', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.CheckConstraint(condition=models.Q(('kind', ''), models.Q(('is_aim', True), ('kind', 'plan')), models.Q(models.Q(('kind', 'plan'), _negated=True), ('is_aim', False)), _connector='OR'), name='programmes_figure_aim_is_a_plan', violation_error_message='An aim is of the kind “Aim or plan”, and nothing else is.'),
        ),
    ]
