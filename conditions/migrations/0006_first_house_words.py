from django.db import migrations

# Words that wound, to begin with: docs/house-words.md names the source of each.
FIRST = [
    ("committed suicide", "died by suicide", "“Committed” speaks of a crime."),
    ("commit suicide", "die by suicide", "“Commit” speaks of a crime."),
    ("successful suicide", "death by suicide", "A death is no success."),
    ("failed suicide attempt", "suicide attempt", "Having lived is no failure."),
    ("suicide epidemic", "rising rates of suicide", "It makes a death look unavoidable."),
    ("addict", "person with an addiction", "Name the person first."),
    ("alcoholic", "person with alcohol use disorder", "Name the person first."),
    ("substance abuse", "substance use", "“Abuse” blames."),
    ("drug abuser", "person who uses drugs", "“Abuse” blames."),
    ("schizophrenic", "person with schizophrenia", "Nobody is their diagnosis."),
    ("the mentally ill", "people with a mental illness", "Nobody is their diagnosis."),
    ("suffers from", "has", "Say what is so; who suffers says so."),
    ("wheelchair-bound", "who uses a wheelchair", "A wheelchair frees, it does not bind."),
]


def fill(apps, schema_editor):
    words = apps.get_model("conditions", "HouseWord").objects.using(schema_editor.connection.alias)
    words.bulk_create(
        words.model(avoid=avoid, instead=instead, why=why) for avoid, instead, why in FIRST
    )


class Migration(migrations.Migration):
    dependencies = [("conditions", "0005_house_words")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
