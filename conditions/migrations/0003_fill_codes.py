from django.db import migrations

from conditions.document.upgrades import made_key

ROWS = ("keypoint", "section", "differential", "treatment", "question", "reference")


def fill(apps, schema_editor):
    """Each line of codes becomes a row, with the key that the upgrade of a document gives it."""
    rows = [apps.get_model("conditions", name) for name in ROWS]
    code_model = apps.get_model("conditions", "code")
    for condition in apps.get_model("conditions", "condition").objects.exclude(icd10="").iterator():
        taken = {key for row in rows for key in row.objects.filter(condition=condition).values_list("key", flat=True)}
        lines = list(dict.fromkeys(line for line in condition.icd10.split("\n") if line))
        code_model.objects.bulk_create(
            code_model(
                condition=condition,
                key=made_key(line, taken),
                position=position,
                system="ICD-10-CM",
                code=line,
                to="",
            )
            for position, line in enumerate(lines, 1)
        )


def back(apps, schema_editor):
    """The codes of ICD-10-CM as lines again; others have no place there."""
    for condition in apps.get_model("conditions", "condition").objects.iterator():
        codes = condition.codes.filter(system="ICD-10-CM", to="").order_by("position", "pk")
        condition.icd10 = "\n".join(codes.values_list("code", flat=True))
        condition.save(update_fields=["icd10"])


class Migration(migrations.Migration):
    dependencies = [("conditions", "0002_codes_warnings_and_more_of_references")]

    operations = [migrations.RunPython(fill, back)]
