import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def name_projects(apps, schema_editor):
    for name in ("Run", "Package"):
        apps.get_model("generation", name).objects.update(project=F("interview_id"))


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0004_run_own_key"),
        ("interviews", "0030_recycle_bin"),
    ]

    operations = [
        migrations.AddField("package", "deleted_at", models.DateTimeField(blank=True, db_index=True, null=True)),
        migrations.AddField(
            "package",
            "deleted_because",
            models.CharField(blank=True, choices=[("owner", "You deleted it"), ("policy", "Its time was over")], max_length=10),
        ),
        migrations.AddField("run", "project", models.UUIDField(editable=False, null=True)),
        migrations.AddField("package", "project", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(name_projects, migrations.RunPython.noop),
        migrations.RemoveConstraint("run", "run_number_once"),
        migrations.RemoveConstraint("package", "package_number_once"),
        migrations.AlterField("run", "project", models.UUIDField(editable=False)),
        migrations.AlterField("package", "project", models.UUIDField(editable=False)),
        migrations.AddConstraint("run", models.UniqueConstraint(fields=("project", "number"), name="run_number_once")),
        migrations.AddConstraint("package", models.UniqueConstraint(fields=("project", "number"), name="package_number_once")),
        migrations.AlterField(
            "package",
            "interview",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="packages", to="interviews.interview"
            ),
        ),
        migrations.AlterField(
            "run",
            "interview",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="runs", to="interviews.interview"
            ),
        ),
    ]
