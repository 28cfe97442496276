"""Settings of the demo site. Everything that differs between machines comes from the environment.

DEBUG, SECRET_KEY, ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, DATABASE_URL, REDIS_URL, REDIS_PREFIX, ACTORS_TOKEN,
ACTORS_SESSION_ACCESS, ACTORS_INTERNAL_ADDRESS, ACTORS_BENCH, LOG_JSON, LOG_LEVEL, RIVET_HOME. Without
DATABASE_URL and REDIS_URL the embedded servers of `manage.py actors run` are used, with their data in
RIVET_HOME.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url

from actors.services.postgres import Postgres
from actors.services.valkey import Valkey
from rivet_project.environment import flag, secret_key, words

BASE_DIR = Path(__file__).resolve().parent.parent
ACTORS_EMBEDDED_HOME = Path(os.environ.get("RIVET_HOME") or BASE_DIR / ".rivet")

DEBUG = flag("DEBUG")
SECRET_KEY = secret_key(ACTORS_EMBEDDED_HOME / "secret-key", debug=DEBUG)
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "daphne",  # first: it replaces Django's runserver
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_prometheus",
    "axes",
    "actors",
    "inspector",
    "examples.counter",
    "examples.chat",
    "examples.cursors",
    "examples.game",
    "examples.document",
    "examples.webhooks",
    "examples.orders",
    "examples.reminders",
    "examples.limiter",
]
if flag("ACTORS_BENCH"):
    INSTALLED_APPS.append("benchmarks")

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rivet_project.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "rivet_project.urls"
ASGI_APPLICATION = "rivet_project.asgi.application"

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
                "rivet_project.pages.doors",
            ],
        },
    },
]

# A pool, because each request under ASGI may run in a thread of its own: connections kept by
# CONN_MAX_AGE would pile up, and connecting anew costs twenty times a query. CONN_HEALTH_CHECKS has it check
# each connection that it lends: one round trip a request, or else the first requests after a restart of
# Postgres fail. While Postgres is away a request waits `timeout` seconds, not thirty, and who comes after
# `reconnect_timeout` seconds has it connect anew, where its own pauses grow to minutes.
DATABASE_URL = os.environ.get("DATABASE_URL") or Postgres(ACTORS_EMBEDDED_HOME).url()
DATABASE: dict[str, Any] = {**dj_database_url.parse(DATABASE_URL, conn_max_age=0, conn_health_checks=True)}
if DATABASE["ENGINE"] == "django.db.backends.postgresql":  # for others the system check says what is wrong
    POOL = {"min_size": 0, "max_size": 8, "timeout": 10.0, "reconnect_timeout": 2.0}
    DATABASE["OPTIONS"] = {**DATABASE.get("OPTIONS", {}), "pool": POOL}
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The pub/sub layer carries notices between processes, never actor traffic.
# Without a time-out of None redis-py 8 would end an idle subscription after five seconds.
REDIS_URL = os.environ.get("REDIS_URL") or Valkey(ACTORS_EMBEDDED_HOME).url()
REDIS_PREFIX = os.environ.get("REDIS_PREFIX", "rivet")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": REDIS_PREFIX},
    },
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    },
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:celery:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULER = "actors.beat:AlarmScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

ACTORS = {
    "TOKEN": os.environ.get("ACTORS_TOKEN") or None,
    "SESSION_ACCESS": os.environ.get("ACTORS_SESSION_ACCESS") or None,
    "INTERNAL_ADDRESS": os.environ.get("ACTORS_INTERNAL_ADDRESS") or None,
}

# Logins that fail are counted by address, for all processes together; nothing of it is stored for good.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "rivet_project.logins.address"
AXES_LOCKOUT_CALLABLE = "rivet_project.logins.refused"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# Daphne and uvicorn serve no files; whitenoise serves those of the apps as they lie there.
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "rivet_project" / "static"]
WHITENOISE_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "actors.plain_logs.PlainFormatter",
            "fmt": "{levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "actors.json_logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if flag("LOG_JSON") else "line"}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}, "actors": {"level": os.environ.get("LOG_LEVEL", "INFO")}},
}
