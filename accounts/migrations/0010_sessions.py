import django.db.models.deletion
import ground.clock
import ground.rows
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Sessions get an id of their own, and the framework's table goes. Everybody signs in once more."""

    dependencies = [
        ("accounts", "0003_people"),
    ]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),
        migrations.DeleteModel(name="Session"),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=ground.rows.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=ground.clock.now, editable=False)),
                ("session_key", models.CharField(max_length=64, unique=True)),
                ("previous_key", models.CharField(blank=True, db_index=True, max_length=64)),
                ("keyed_at", models.DateTimeField(default=ground.clock.now)),
                ("session_data", models.TextField()),
                ("expire_date", models.DateTimeField(db_index=True)),
                ("device", models.CharField(blank=True, max_length=60)),
                ("signed_in_at", models.DateTimeField(blank=True, null=True)),
                ("last_seen_on", models.DateField(blank=True, null=True)),
                ("user", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["-signed_in_at"]},
        ),
    ]
