"""The demo site, and the pattern to copy for a site of your own."""

from rivet_project.celery import app as celery_app

__all__ = ("celery_app",)
