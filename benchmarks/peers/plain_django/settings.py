"""A lean Django: no middleware, Channels on Redis, Django's own connection pool."""

from __future__ import annotations

import os
from urllib.parse import parse_qs, unquote, urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])

SECRET_KEY = "a benchmark on loopback has no secrets"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["channels", "benchmarks.peers.plain_django"]
# The defaults of `startproject` would halve its HTTP rate, and the platform's own routes have none.
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.peers.plain_django.urls"
ASGI_APPLICATION = "benchmarks.peers.plain_django.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_database.path.lstrip("/")),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": parse_qs(_database.query).get("host", [unquote(_database.hostname or "")])[0],
        "PORT": str(_database.port or ""),
        # Without a pool every async request connects afresh: 4 ms each.
        "OPTIONS": {"pool": {"min_size": 4, "max_size": 16}},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
    }
}
