import django.db.models.deletion
from django.db import migrations, models


def drop_grams(apps, schema_editor):
    """The entries stay: until blocks have been made of them, in the background, searches read their texts one by one."""
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute("DROP TABLE messaging_searchgram")


def restore_grams(apps, schema_editor):
    """Without entries and cursors the index is made anew from the history."""
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute(
            "CREATE TABLE messaging_searchgram (cursor_id bigint NOT NULL, gram varchar(3) NOT NULL,"
            " seq bigint NOT NULL, PRIMARY KEY (cursor_id, gram, seq)) WITHOUT ROWID"
        )
        schema_editor.execute("DELETE FROM messaging_searchentry")
        schema_editor.execute("DELETE FROM messaging_searchcursor")


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0009_epochs"),
    ]

    operations = [
        migrations.AddField(
            model_name="searchcursor",
            name="renewed",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="searchcursor",
            name="sealed",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="searchcursor",
            name="version",
            field=models.SmallIntegerField(db_default=1),
        ),
        migrations.CreateModel(
            name="SearchBlock",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("oldest", models.CharField(max_length=27)),
                ("newest", models.CharField(max_length=27)),
                ("signature", models.BinaryField()),
                ("is_stale", models.BooleanField(default=False)),
                (
                    "cursor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.searchcursor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("is_stale", True)), fields=["cursor"], name="search_block_stale")
                ],
                "constraints": [models.UniqueConstraint(fields=("cursor", "last_seq"), name="search_block_once")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="SearchGram")],
            database_operations=[migrations.RunPython(drop_grams, restore_grams)],
        ),
    ]
