
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0002_proposals'),
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_day', models.DateField(verbose_name='last day on which its people may sign in')),
                ('notified_at', models.DateTimeField(blank=True, null=True, verbose_name='when the administrators were told')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_ends', to='partners.partner')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='access_end', to='kit.proposal')),
            ],
            options={
                'ordering': ('last_day', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='AccessEndEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('last_day', models.DateField(verbose_name='last day on which its people may sign in')),
                ('partner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='partners.partner')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='partners.accessend')),
                ('proposal', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='kit.proposal')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accessend',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "partners_accessendevent" ("id", "last_day", "partner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposal_id") VALUES (NEW."id", NEW."last_day", NEW."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."proposal_id"); RETURN NULL;', hash='5dcd8804cca2091e6d51bee5f0db3676a717f6fa', operation='INSERT', pgid='pgtrigger_insert_insert_6d819', table='partners_accessend', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accessend',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."last_day" IS DISTINCT FROM (NEW."last_day") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."proposal_id" IS DISTINCT FROM (NEW."proposal_id"))', func='INSERT INTO "partners_accessendevent" ("id", "last_day", "partner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposal_id") VALUES (NEW."id", NEW."last_day", NEW."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."proposal_id"); RETURN NULL;', hash='3c8a473962900856840102ae57b58565cb8938f2', operation='UPDATE', pgid='pgtrigger_update_update_117b5', table='partners_accessend', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accessend',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "partners_accessendevent" ("id", "last_day", "partner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposal_id") VALUES (OLD."id", OLD."last_day", OLD."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."proposal_id"); RETURN NULL;', hash='5786c37a5ae32bf3685adc59b41453f6f4e277ae', operation='DELETE', pgid='pgtrigger_delete_delete_46118', table='partners_accessend', when='AFTER')),
        ),
    ]
