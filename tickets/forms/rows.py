"""Forms over a row of settings that an action checks and stores."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class RowForm(forms.ModelForm):
    """What was typed, field by field. What may stand together is for the action to say, and it says it here."""

    kept = _("One is kept, sealed. Leave this empty to keep it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "queue" in self.fields:
            self.fields["queue"].empty_label = _("Choose a queue")

    def _post_clean(self) -> None:
        """The row stays as it is stored: the action checks and changes it."""

    def say_kept(self, *names: str) -> None:
        for name in names:
            if getattr(self.instance, f"sealed_{name}"):
                self.fields[name].help_text = self.kept

    def refuse(self, errors: dict[str, str]) -> None:
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)
