from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conditions", "0003_fill_codes")]

    operations = [migrations.RemoveField(model_name="condition", name="icd10")]
