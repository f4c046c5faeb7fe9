"""Backups: content and data keys apart, so that one without the other opens nothing.

``making`` writes one, ``restoring`` brings it back; ``content`` knows the databases.
"""
