"""A migration operation that installs many triggers at once.

pgtrigger's own operation rebuilds the related models for each trigger. For a first migration with
some two hundred triggers that takes most of a minute; this operation rebuilds the models once.
"""

from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger


class AddTriggers(Operation):
    """Installs triggers, given as pairs of a model's name and a compiled trigger."""

    reversible = True

    def __init__(self, triggers):
        self.triggers = triggers

    def deconstruct(self):
        return self.__class__.__name__, [], {"triggers": self.triggers}

    def state_forwards(self, app_label, state):
        touched = set()
        for model_name, trigger in self.triggers:
            model_state = state.models[app_label, model_name]
            standing = model_state.options.get("triggers", [])
            model_state.options["triggers"] = [*standing, trigger]
            touched.add((app_label, model_name))
        state.reload_models(touched, delay=True)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for add in self._each():
            add.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for add in reversed(self._each()):
            add.database_backwards(app_label, schema_editor, from_state, to_state)

    def _each(self):
        return [AddTrigger(model_name, trigger) for model_name, trigger in self.triggers]

    def describe(self):
        return f"Create {len(self.triggers)} triggers"

    @property
    def migration_name_fragment(self):
        return "triggers"
