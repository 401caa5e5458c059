from django.db import migrations
from django.db.models.functions import Lower


def leave_the_address_in_force(apps, schema_editor):
    """An address that staff changed left allauth's row of the one before, which went on opening the account: one could
    sign in with it and have a new password sent there. The address that each account has stays, and is confirmed."""
    rows = apps.get_model("account", "EmailAddress").objects.using(schema_editor.connection.alias)
    rows.exclude(email=Lower("user__email")).delete()
    rows.filter(verified=False).update(verified=True, primary=True)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0012_email_pending"),
    ]

    operations = [migrations.RunPython(leave_the_address_in_force, migrations.RunPython.noop, elidable=True)]
