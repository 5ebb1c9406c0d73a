"""All settings, read from the environment. Production (DEBUG off) names what it lacks and stops."""

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG: bool = env.bool("DEBUG", default=False)

# What production needs. In DEBUG each has a plainly fictional stand-in, save the secret, which is
# always given: `make demo` makes a throw-away one whose prefix production refuses.
THROW_AWAY = "throw-away-"
_in_debug = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
    "SITE_URL": "http://localhost:8000",
    "CLINIC_NAME": "Tovani",
    "CLINIC_TREATMENT": "ketamine therapy",
    "CLINIC_TIME_ZONE": "America/New_York",
    "CLINIC_CONTACT": "hello@tovani.example",
    "EMAIL_URL": "consolemail://",
}
_needed = ["SECRET_KEY", *_in_debug]
_missing = [
    name for name in _needed if not env.str(name, default="") and not (DEBUG and name in _in_debug)
]
if _missing:
    raise ImproperlyConfigured(
        f"Set {', '.join(_missing)} in the environment: the site does not start without."
    )


def _needed_value(name: str) -> str:
    value: str = env.str(name, default="") or _in_debug.get(name, "")
    return value


def _number(name: str, default: str) -> float:
    try:
        return float(env.str(name, default=default))
    except ValueError as fault:
        raise ImproperlyConfigured(f"{name} is a number.") from fault


SECRET_KEY = _needed_value("SECRET_KEY")
ALLOWED_HOSTS = [host.strip() for host in _needed_value("ALLOWED_HOSTS").split(",")]
SITE_URL = _needed_value("SITE_URL").rstrip("/")
CLINIC_NAME = _needed_value("CLINIC_NAME")
CLINIC_TREATMENT = _needed_value("CLINIC_TREATMENT")
CLINIC_TIME_ZONE = _needed_value("CLINIC_TIME_ZONE")
CLINIC_CONTACT = _needed_value("CLINIC_CONTACT")
# Proposed on a new page; what is signed stands in its edition.
CLINIC_DISCLAIMER: str = env.str(
    "CLINIC_DISCLAIMER",
    default=(
        "This page is general information. It does not replace a conversation with a clinician who "
        "knows you. Do not start, stop or change a treatment because of it."
    ),
).strip()
REVIEW_INTERVAL_MONTHS = int(_number("REVIEW_INTERVAL_MONTHS", "12"))
# The clinic's telephone number, at the foot of every public page; empty: none is shown.
CLINIC_PHONE: str = env.str("CLINIC_PHONE", default="").strip()

# Whether an author who is also a reviewer may sign: "never", or "disclosed" on the page.
AUTHOR_MAY_SIGN: str = env.str("AUTHOR_MAY_SIGN", default="never")
# For how many seconds a worker may remember what is in force at an address.
READ_MEMORY_SECONDS: float = _number("READ_MEMORY_SECONDS", "1")
# How many proxies in front of the server append to X-Forwarded-For: 0 or 1.
TRUSTED_PROXIES: float = _number("TRUSTED_PROXIES", "0")

_faults = []
if not 0 <= READ_MEMORY_SECONDS <= 10:
    _faults.append("READ_MEMORY_SECONDS is 0 to 10: a withdrawn page must be gone soon.")
if AUTHOR_MAY_SIGN not in ("never", "disclosed"):
    _faults.append('AUTHOR_MAY_SIGN is either "never" or "disclosed".')
if not 1 <= REVIEW_INTERVAL_MONTHS <= 36:
    _faults.append("REVIEW_INTERVAL_MONTHS is a number of months from 1 to 36.")
if CLINIC_PHONE and not re.fullmatch(r"\+?[0-9][0-9 ().-]{5,18}[0-9]", CLINIC_PHONE):
    _faults.append("CLINIC_PHONE is a telephone number, such as (212) 555-0100.")
if TRUSTED_PROXIES not in (0, 1):
    _faults.append("TRUSTED_PROXIES is 0 or 1.")
try:
    ZoneInfo(CLINIC_TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
    _faults.append("CLINIC_TIME_ZONE is not a known zone; write it like America/New_York.")
if not DEBUG:
    if SECRET_KEY.startswith(THROW_AWAY) or len(SECRET_KEY) < 50:
        _faults.append("SECRET_KEY is a throw-away one or shorter than 50 characters.")
    if not SITE_URL.startswith("https://"):
        _faults.append("SITE_URL starts with https:// in production.")
    if any(host.startswith((".", "*")) for host in ALLOWED_HOSTS):
        _faults.append("ALLOWED_HOSTS lists exact names, without wildcards.")
if _faults:
    raise ImproperlyConfigured(" ".join(_faults))

# --- Applications and requests

INSTALLED_APPS = [
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_prose_editor",
    "reviews",
    "conditions",
    # After conditions, whose deleterevisions stands before reversion's own.
    "reversion",
    "config.people",
]

# Public pages need no session, no user and no form: what only the staff's side needs is wrapped in
# config.middleware so that a patient's request does not pass through it.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.StaffSessionMiddleware",
    "config.middleware.StaffCsrfMiddleware",
    "config.middleware.StaffAuthenticationMiddleware",
    "config.middleware.StaffMessageMiddleware",
    "config.middleware.StaffAxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- Storage

_ENGINES = "DATABASE_URL names SQLite (sqlite:///) or PostgreSQL (postgres://)."
try:
    _database = env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
except (ImproperlyConfigured, KeyError, ValueError) as fault:
    raise ImproperlyConfigured(_ENGINES) from fault
DATABASES = {"default": _database}
if _database.get("ENGINE") == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction takes the write lock when it opens, so that two signers queue instead
    # of failing. recursive_triggers: REPLACE must not slip past the triggers on DELETE.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            " PRAGMA recursive_triggers = ON;"
        ),
    }
    # A file, so that the tests' races are real.
    _file = Path(_database["NAME"])
    _database["TEST"] = {"NAME": _file.with_name(f"test-{_file.name}")}
elif _database.get("ENGINE") == "django.db.backends.postgresql":
    _database["CONN_MAX_AGE"] = None
    _database["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured(_ENGINES)

# How django-reversion keeps a version of a draft.
SERIALIZATION_MODULES = {"document": "conditions.document.stored"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

vars().update(env.email_url_config(_needed_value("EMAIL_URL")))
if DEBUG and not env.str("EMAIL_URL", default=""):
    # The demonstration's mail goes nowhere: it stands in the console, and in this folder.
    EMAIL_BACKEND = "config.people.demo_mail.EmailBackend"
    EMAIL_FILE_PATH = env.str("MAIL_FOLDER", default=str(BASE_DIR / "mail"))
# A mail server that does not answer keeps nobody waiting at a screen for longer.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str(
    "MAIL_FROM", default=f"noreply@{SITE_URL.partition('://')[2].partition(':')[0]}"
)

# --- People

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
# Where an unsafe `next` ends too.
LOGIN_REDIRECT_URL = "admin:index"

# Per user *and* address: five wrong tries lock that user at that address, not a whole clinic.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "config.middleware.client_address"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would log a physician out who comes by a link in a mail
SESSION_COOKIE_PATH = "/admin/"
CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_PATH = "/admin/"

# --- Headers

SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The one script that a public page runs writes the day under a printed page. Only these very bytes
# run, wherever they stand.
_print_script = (BASE_DIR / "templates/includes/print.js").read_bytes()
_print_hash = base64.b64encode(hashlib.sha256(_print_script).digest()).decode()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [f"'sha256-{_print_hash}'"],
        "style-src": [SELF],
        "img-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# The admin's scripts and the prose editor's import map run by nonce; the editor sets style
# attributes, hence 'unsafe-inline' for styles, here only.
STAFF_CONTENT_SECURITY_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
# Both look for a class by its original name; config.middleware has those classes, under /admin/,
# and nothing outside /admin/ takes a POST (tests/config/test_middleware.py).
SILENCED_SYSTEM_CHECKS = ["security.W003", "axes.W002"]

# A rich field takes 64 KiB at most and a page has many; a larger form is refused unread.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
# As many as a page with the most rows has.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Language and time: US spelling and dates; instants in UTC, shown in the clinic's zone

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = CLINIC_TIME_ZONE
# In the lists of the desk, days and instants as reviews.text.days spells them.
FORMAT_MODULE_PATH = "config.formats"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
