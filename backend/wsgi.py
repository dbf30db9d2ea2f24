"""The WSGI application that granian (or gunicorn) serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
application = get_wsgi_application()
# What is loaded by now stays for good: the collector need not look through it again and again, nor after every few
# hundred objects of a bulk call (docs/performance.md).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
