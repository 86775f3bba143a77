"""The project: settings, addresses, processes. The only place that knows every floor."""

from specstep.celery import app as celery_app

__all__ = ["celery_app"]
