"""The WSGI application that granian (or gunicorn) serves."""

import gc
import os

from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
application = get_wsgi_application()
# Receivers that every request would call: there is no log of queries to clear, and no cache to close.
request_started.disconnect(reset_queries)
request_finished.disconnect(close_caches)
# What is loaded by now stays for good: the collector need not look through it again and again, nor after every few
# hundred objects of a bulk call (docs/performance.md).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
