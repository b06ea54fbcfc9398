"""The first migration of an app, done in one go."""

from django.db import migrations

OF_A_NEW_TABLE = (migrations.AddConstraint, migrations.AddField, migrations.AddIndex)


class FirstMigration(migrations.Migration):
    """A migration whose tables are all new, so that each is made as it is after the last operation.

    Django builds the models that it knows anew for each operation, and again all that refer to them; with some
    hundred models that takes several times as long as making their tables. Here they are built once.
    """

    def apply(self, project_state, schema_editor, collect_sql=False):
        # A state without built models only takes note of what an operation says.
        project_state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
        for operation in self.operations:
            if not isinstance(operation, OF_A_NEW_TABLE):
                operation.database_forwards(
                    self.app_label, schema_editor, project_state, project_state
                )
        return project_state
