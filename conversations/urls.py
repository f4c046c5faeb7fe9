"""Addresses of the conversation pages."""

from django.urls import include, path, re_path

from conversations.views import exports, health, library, pages, verbs

conversation = [
    path("", pages.conversation, name="conversation"),
    path("m/<uuid:message_id>/", pages.message, name="message"),
    path("rename/", verbs.rename, name="rename"),
    path("pin/", verbs.pin, name="pin"),
    path("unpin/", verbs.unpin, name="unpin"),
    path("archive/", verbs.archive, name="archive"),
    path("unarchive/", verbs.unarchive, name="unarchive"),
    path("delete/", verbs.delete, name="delete"),
    path("restore/", verbs.restore, name="restore"),
    path("erase/", verbs.erase, name="erase"),
    path("branch/", verbs.branch, name="branch"),
    re_path(r"^export\.(?P<form>txt|md|json)$", exports.export_file, name="export"),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("c/", library.library, name="library"),
    path("c/rows/", pages.rows, name="rows"),
    path("c/<uuid:conversation_id>/", include(conversation)),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
