import apps.shared.encryption
from django.db import migrations, models

# Each secret keeps the token that it is encrypted as. What clients were given is forgotten, in
# another form: whoever goes on with a payment asks the provider again, under the same key.
FORWARD = """
    UPDATE payments_paymentaccount SET
        settings = jsonb_strip_nulls(
            jsonb_build_object('publishable_key', nullif(publishable_key, ''))
        ),
        secrets = jsonb_strip_nulls(jsonb_build_object(
            'secret_key', nullif(secret_key, ''), 'webhook_secret', nullif(webhook_secret, '')
        ));
    UPDATE payments_paymentintent SET client_secret = '' WHERE client_secret <> '';
"""
BACKWARD = """
    UPDATE payments_paymentaccount SET
        publishable_key = coalesce(settings ->> 'publishable_key', ''),
        secret_key = coalesce(secrets ->> 'secret_key', ''),
        webhook_secret = coalesce(secrets ->> 'webhook_secret', '');
    UPDATE payments_paymentintent SET client_secret = '' WHERE client_secret <> '';
"""
PROVIDER = models.CharField(max_length=20)


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_asked_and_resolved")]

    operations = [
        migrations.AddField("paymentaccount", "settings", models.JSONField(default=dict)),
        migrations.AddField(
            "paymentaccount", "secrets", apps.shared.encryption.EncryptedMapField()
        ),
        migrations.AlterField(
            "paymentaccount", "secret_key", apps.shared.encryption.EncryptedTextField(default="")
        ),
        migrations.AlterField(
            "paymentaccount",
            "webhook_secret",
            apps.shared.encryption.EncryptedTextField(blank=True, default=""),
        ),
        migrations.AlterField(
            "paymentaccount",
            "publishable_key",
            models.CharField(blank=True, default="", max_length=255),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveField("paymentaccount", "secret_key"),
        migrations.RemoveField("paymentaccount", "webhook_secret"),
        migrations.RemoveField("paymentaccount", "publishable_key"),
        migrations.AlterField(
            "paymentaccount", "provider", models.CharField(max_length=20, unique=True)
        ),
        migrations.AlterField(
            "paymentaccount",
            "is_active",
            models.BooleanField(
                default=True,
                help_text="Offered to shoppers. What began through it goes on either way.",
            ),
        ),
        migrations.AlterField("paymentintent", "provider", PROVIDER),
        migrations.AlterField("providerevent", "provider", PROVIDER),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("paymentintent", "client_secret", "client"),
                migrations.AlterField(
                    "paymentintent",
                    "client",
                    apps.shared.encryption.EncryptedJSONField(db_column="client_secret"),
                ),
            ]
        ),
        migrations.AddField(
            "paymentintent",
            "capture_reference",
            models.CharField(
                blank=True,
                db_default="",
                help_text="What the provider calls the taking of the money, where that has its own name.",
                max_length=255,
            ),
        ),
        migrations.AddField(
            "paymentintent",
            "return_url",
            models.CharField(blank=True, db_default="", max_length=2000),
        ),
        migrations.AddIndex(
            "paymentintent",
            models.Index(
                condition=models.Q(("capture_reference", ""), _negated=True),
                fields=["provider", "capture_reference"],
                name="payment_intent_by_capture",
            ),
        ),
    ]
