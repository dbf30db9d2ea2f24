"""One settings file: every variable is read here once, with a safe development default.

Nothing here starts anything: without DATABASE_URL the connection is computed from the data directory,
and the entry points (run.py, manage.py, the tests) see to it that a server listens there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from backend import postgres, production
from backend.limits import Limit

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_flag(name: str, *, default: bool = False) -> bool:
    return env(name, str(default)).lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


DATA_DIR = postgres.data_dir()
PRODUCTION = production.is_production(env("ONRECORD_ENV", "development"))
DEBUG = env_flag("ONRECORD_DEBUG")
if PRODUCTION:
    production.require(
        debug=DEBUG,
        secret_key=env("ONRECORD_SECRET_KEY"),
        pepper=env("ONRECORD_TOKEN_PEPPER"),
        hosts=env_list("ONRECORD_ALLOWED_HOSTS"),
    )
SECRET_KEY = env("ONRECORD_SECRET_KEY") or postgres.secret(DATA_DIR, "secret-key")
# Tokens are stored as HMAC-SHA256 under this key, so that a stolen dump opens nothing.
TOKEN_PEPPER = env("ONRECORD_TOKEN_PEPPER") or SECRET_KEY
ALLOWED_HOSTS = env_list("ONRECORD_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("ONRECORD_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "projects",
    "articles",
    "annotations",
    "seeds",
]

MIDDLEWARE = [
    "backend.middleware.RequestId",
    "backend.middleware.Policies",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "backend.middleware.ProblemPages",
    "backend.middleware.BodyLimits",
    "backend.middleware.CleanAddresses",
    "django.middleware.common.CommonMiddleware",
    "backend.middleware.Sessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "backend.middleware.Users",
    "backend.middleware.Messages",
]

ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "backend" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


ENGINE = "backend.database"


def database() -> dict[str, Any]:
    """DATABASE_URL, else the embedded server of the data directory; connections are kept (docs/decisions)."""
    url = env("DATABASE_URL")
    settings: dict[str, Any] = (
        dict(dj_database_url.parse(url, engine=ENGINE)) if url else {"ENGINE": ENGINE, **postgres.connection(DATA_DIR)}
    )
    settings["CONN_MAX_AGE"] = None
    settings["CONN_HEALTH_CHECKS"] = True
    limits = {
        "statement_timeout": env("ONRECORD_STATEMENT_TIMEOUT", "30s"),
        "lock_timeout": env("ONRECORD_LOCK_TIMEOUT", "2s"),
        "idle_in_transaction_session_timeout": "30s",
        # Of prepared statements (backend/statements.py) one plan is kept for all values; compiling it does not pay.
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        # A plan is kept from when its tables were small, of foreign keys' checks as well (docs/decisions/0055).
        "enable_seqscan": "off",
    }
    options = settings.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 2)  # seconds; a server that is away must not hold our threads
    options["options"] = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return settings


DATABASES = {"default": database()}
# A write of one object waits less for a lock than the connection does: who waits answers nobody else.
WRITE_LOCK_TIMEOUT = env("ONRECORD_WRITE_LOCK_TIMEOUT", "200ms")
# Who sees to it that a call under an Idempotency-Key has one effect, and for how many hours answers are kept.
ANSWER_ONCE = "projects.actions.retries.answer_once"
KEEP_ANSWERS = int(env("ONRECORD_KEEP_ANSWERS", "48"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "projects.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["backend.formats"]
USE_TZ = True

STATIC_URL = "/static/"
# Static files are served from where the packages keep them; nothing has to be collected.
STATICFILES_DIRS = [BASE_DIR / "backend" / "static"]
WHITENOISE_USE_FINDERS = True

# One request body, and the longest text of one revision (code points). Beyond: 413 and 400.
DATA_UPLOAD_MAX_MEMORY_SIZE = int(env("ONRECORD_MAX_BODY", str(64 * 1024 * 1024)))
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # of a form of the admin: a quote may have 100 sources

# Where files come in, and how many bytes such a request may have; beyond: 413. How many objects an
# import stores in one transaction, and the longest of its statements.
UPLOADS = "/api/v1/imports/"
UPLOAD_MAX = int(env("ONRECORD_MAX_UPLOAD", str(8 * 2**30)))
IMPORT_BATCH = int(env("ONRECORD_IMPORT_BATCH", "5000"))
IMPORT_STATEMENT_TIMEOUT = env("ONRECORD_IMPORT_STATEMENT_TIMEOUT", "10min")
# Exports that one process sends at once, each on a thread; beyond: 503. How long one of their statements may take, and
# for how long a reader may take nothing before it is cut off.
EXPORTS_AT_ONCE = int(env("ONRECORD_EXPORTS_AT_ONCE", "2"))
EXPORT_STATEMENT_TIMEOUT = env("ONRECORD_EXPORT_STATEMENT_TIMEOUT", "5min")
EXPORT_IDLE_TIMEOUT = env("ONRECORD_EXPORT_IDLE_TIMEOUT", "10min")

# How often an address without a token, and a user who reads, writes, or writes much at once, may call; beyond: 429.
# More than a busy pipeline comes to on one machine.
THROTTLES = {
    "anonymous": Limit.parse(env("ONRECORD_THROTTLE_ANONYMOUS", "600/min")),
    "read": Limit.parse(env("ONRECORD_THROTTLE_READ", "30000/min")),
    "write": Limit.parse(env("ONRECORD_THROTTLE_WRITE", "15000/min")),
    "bulk": Limit.parse(env("ONRECORD_THROTTLE_BULK", "3000/min")),
}

# Tries to log in to the admin; beyond: 429.
LOGIN_THROTTLES = {
    "name": Limit.parse(env("ONRECORD_THROTTLE_LOGIN_NAME", "5/min")),
    "address": Limit.parse(env("ONRECORD_THROTTLE_LOGIN_ADDRESS", "20/min")),
}

# In production there is only HTTPS. Who ends it before us says so in a header, which is believed if it is named here.
HTTPS_HEADER = env("ONRECORD_HTTPS_HEADER")
SECURE_PROXY_SSL_HEADER = (f"HTTP_{HTTPS_HEADER.upper().replace('-', '_')}", "https") if HTTPS_HEADER else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = int(env("ONRECORD_HSTS_SECONDS", "31536000")) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' preload list is for a domain's owner to decide

# Only the admin has sessions.
SESSION_COOKIE_AGE = int(env("ONRECORD_SESSION_HOURS", "8")) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# All pages load what they need from our own static files, and run and style nothing inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
NO_PAGE_POLICY = {"default-src": [NONE], "frame-ancestors": [NONE]}
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

CORS_ALLOWED_ORIGINS = env_list("ONRECORD_CORS_ORIGINS")
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "if-match", "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Location",
    "Retry-After",
    "Idempotent-Replayed",
    "X-Request-Id",
    "WWW-Authenticate",
    "Link",
    "Content-Disposition",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["projects.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["projects.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["projects.throttling.Throttle"],
    # How many proxies stand before us and say in X-Forwarded-For whom they speak for; of others nothing is believed.
    "NUM_PROXIES": int(env("ONRECORD_PROXIES", "0")),
    "DEFAULT_PARSER_CLASSES": ["backend.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["backend.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backend.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "backend.openapi.Operation",
    "EXCEPTION_HANDLER": "backend.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "onrecord",
    "VERSION": "1.0.0",
    "DESCRIPTION": (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8"),
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/"}],
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "POSTPROCESSING_HOOKS": ["backend.openapi.finish"],
    "SORT_OPERATIONS": "backend.openapi.place",
    "SORT_OPERATION_PARAMETERS": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s"},
        "json": {"()": "backend.logs.JSONFormatter"},
    },
    "filters": {"request id": {"()": "backend.logs.WithRequestId"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env("ONRECORD_LOG_FORMAT", "text"),
            "filters": ["request id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env("ONRECORD_LOG_LEVEL", "WARNING")},
    # A refused request is an answer, not an event of ours.
    "loggers": {"django.request": {"level": "ERROR"}},
}
