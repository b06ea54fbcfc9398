"""The first migration of an app, done in one go."""

from django.db import migrations

OF_A_NEW_TABLE = (migrations.AddConstraint, migrations.AddField, migrations.AddIndex)


class FirstMigration(migrations.Migration):
    """A migration whose tables are all new.

    Each table is created as it is after the last operation. Django rebuilds its models for each
    operation, with all models that refer to them. With some hundred models that takes several times
    as long as creating their tables. Here they are built once.
    """

    def mutate_state(self, project_state, preserve=True):
        made = project_state.clone() if preserve else project_state
        # While the state has no built models, an operation only changes their description.
        made.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(self.app_label, made)
        return made

    def apply(self, project_state, schema_editor, collect_sql=False):
        made = self.mutate_state(project_state, preserve=False)
        for operation in self.operations:
            if not isinstance(operation, OF_A_NEW_TABLE):
                operation.database_forwards(self.app_label, schema_editor, made, made)
        return made

    def unapply(self, project_state, schema_editor, collect_sql=False):
        made = self.mutate_state(project_state)
        for operation in reversed(self.operations):
            # A dropped table takes its constraints, fields and indexes along.
            if not isinstance(operation, OF_A_NEW_TABLE):
                operation.database_backwards(self.app_label, schema_editor, made, made)
        return project_state
