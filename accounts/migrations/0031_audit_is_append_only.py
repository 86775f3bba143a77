from django.db import migrations

from accounts import trail


class Migration(migrations.Migration):
    """Triggers that let the audit trail only grow. A later migration that rebuilds the table on SQLite must install them again."""

    dependencies = [
        ('accounts', '0030_keys_deletions_and_trail'),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, editor: trail.install(editor.connection),
            lambda apps, editor: trail.remove(editor.connection),
            elidable=False,
        ),
    ]
