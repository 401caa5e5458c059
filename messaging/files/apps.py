from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "messaging.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import receivers  # noqa: F401  # connects them
