"""The web process."""

import os

from django.core.asgi import get_asgi_application

from specstep.bodies import Bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specstep.settings")
application = Bounded(get_asgi_application())
