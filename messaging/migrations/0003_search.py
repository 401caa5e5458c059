import django.db.models.deletion
from django.db import migrations, models


def add_grams(apps, schema_editor):
    """PostgreSQL: an array of them beside each entry, with an inverted index. SQLite: a table that is nothing but its key."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE messaging_searchentry ADD COLUMN grams text[] NOT NULL DEFAULT '{}'")
        schema_editor.execute("CREATE INDEX search_entry_grams ON messaging_searchentry USING gin (grams)")
        return
    schema_editor.execute(
        "CREATE TABLE messaging_searchgram (cursor_id bigint NOT NULL, gram varchar(3) NOT NULL, seq bigint NOT NULL,"
        " PRIMARY KEY (cursor_id, gram, seq)) WITHOUT ROWID"
    )


def remove_grams(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute("DROP TABLE messaging_searchgram")


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_annotations"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchCursor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("conversation_id", models.UUIDField(unique=True)),
                ("seq", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("author_id", models.UUIDField()),
                ("sent_at", models.CharField(max_length=27)),
                ("kind", models.CharField(max_length=5)),
                ("text", models.TextField()),
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
                    models.Index(fields=["sent_at", "cursor", "seq"], name="search_entry_newest"),
                    models.Index(fields=["cursor", "author_id", "seq"], name="search_entry_author"),
                ],
                "constraints": [models.UniqueConstraint(fields=("cursor", "seq"), name="search_entry_once")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SearchGram",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "cursor_id",
                                "gram",
                                "seq",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("cursor_id", models.BigIntegerField()),
                        ("gram", models.CharField(max_length=3)),
                        ("seq", models.BigIntegerField()),
                    ],
                ),
            ],
            database_operations=[migrations.RunPython(add_grams, remove_grams)],
        ),
    ]
