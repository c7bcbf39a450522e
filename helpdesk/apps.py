from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "helpdesk"

    def ready(self) -> None:
        """Make ours the current Celery application, so that `task.delay` in web sends to our broker.

        Not in helpdesk/__init__.py: whatever imports helpdesk.lib would load Celery with it.
        """
        from helpdesk import celery  # noqa: F401
