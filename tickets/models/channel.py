"""The ways a request can come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    CHAT = "chat", _("Chat")
    MESSENGER = "messenger", _("Messenger")
    EMAIL = "email", _("Email")
    WEB = "web", _("Web form")
    WALK_UP = "walk_up", _("Walk-up")
