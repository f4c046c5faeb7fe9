"""Which suites there are for the database in use."""

from django.db import connection

# an extension of PostgreSQL
collect_ignore = [] if connection.vendor == "postgresql" else ["test_open_vectors.py"]
