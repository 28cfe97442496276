"""Django's side of the platform: app, system checks, admin."""
