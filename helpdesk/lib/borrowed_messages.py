"""Messages of Django's administration and of django-allauth that our own catalogue translates anew.

Nobody imports this; `catalogues` reads it, and a translation of ours comes before theirs. Theirs decline what they do
not know or guess at the reader's gender ("kolejne(go)(-ną)(-ny)", "Zapomniałeś"), which our pages never do.
"""

from django.utils.translation import gettext_noop

# django.contrib.admin
gettext_noop("Add %s")
gettext_noop("Change %s")
gettext_noop("View %s")
gettext_noop("Select %s")
gettext_noop("Select %s to change")
gettext_noop("Select %s to view")
gettext_noop("Add %(name)s")
gettext_noop("Add another %(verbose_name)s")
gettext_noop("Add another %(model)s")
gettext_noop("Change selected %(model)s")
gettext_noop("Delete selected %(model)s")
gettext_noop("View selected %(model)s")
gettext_noop("The {name} “{obj}” was added successfully.")
gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below.")
gettext_noop("The {name} “{obj}” was changed successfully.")
gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below.")
gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below.")
gettext_noop("The %(name)s “%(obj)s” was deleted successfully.")
gettext_noop("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?")

# django-allauth
gettext_noop("The email address and/or password you specified are not correct.")
gettext_noop("Forgot your password?")
gettext_noop("Please type your current password.")
