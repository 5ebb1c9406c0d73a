"""The environment in which tests run, set before Django reads its settings."""

import os

TESTS = {
    "DEBUG": "1",
    "SECRET_KEY": "throw-away-" + "tests" * 10,
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "SITE_URL": "http://localhost:8000",
    "CLINIC_NAME": "Tovani",
    "CLINIC_TREATMENT": "ketamine therapy",
    "CLINIC_TIME_ZONE": "America/New_York",
    "CLINIC_CONTACT": "hello@tovani.example",
    "EMAIL_URL": "memorymail://",
    "READ_MEMORY_SECONDS": "0",
    "AUTHOR_MAY_SIGN": "never",
}
os.environ.update(TESTS)
