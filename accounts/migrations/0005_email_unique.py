import logging

import django.db.models.functions.text
from django.db import migrations, models
from django.db.models import Count
from django.db.models.functions import Lower

logger = logging.getLogger(__name__)


def part_shared_addresses(apps, schema_editor):
    """Two who signed up in one instant could share an address: whoever joined first keeps it, and both keep their
    account. Who loses it signs in by their username and writes another one into their profile."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    addresses = apps.get_model("account", "EmailAddress").objects.using(schema_editor.connection.alias)
    holders = users.exclude(email="").annotate(address=Lower("email"))
    shared = holders.values_list("address").annotate(count=Count("pk")).filter(count__gt=1)
    for address, _ in list(shared):
        first, *others = holders.filter(address=address).order_by("date_joined", "pk")
        for user in others:
            logger.warning("%s has no e-mail address any more: %s had the same", user.username, first.username)
            addresses.filter(user_id=user.pk).delete()
            users.filter(pk=user.pk).update(email="")


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0004_attention"),
    ]

    operations = [
        migrations.RunPython(part_shared_addresses, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="email_unique",
                violation_error_message="An account with this e-mail address exists.",
            ),
        ),
    ]
