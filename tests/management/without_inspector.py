"""The settings of a site that has not installed the inspector: for commands, which need no pages."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "inspector"]
ROOT_URLCONF = "tests.management.bare_urls"
