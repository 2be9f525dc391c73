from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('finance', '0008_valid_reductions'),
    ]

    operations = [
        migrations.AddField(
            model_name='financialtransaction',
            name='is_dispute',
            field=models.BooleanField(db_default=False, default=False, help_text="Taken back by the payer's bank, or returned."),
        ),
        migrations.AlterField(
            model_name='financialtransaction',
            name='source_id',
            field=models.UUIDField(help_text='The payment intent (credit) or refund (debit; credit when it was reversed), or a loss of a dispute (alike).'),
        ),
    ]
