"""Addresses of the conversation pages."""

from django.urls import include, path, re_path

from conversations.views import (
    activity,
    core_memory,
    devices,
    exports,
    facts,
    files,
    health,
    library,
    marks,
    metrics,
    pages,
    preferences,
    presets,
    previews,
    privacy,
    receipts,
    search,
    summaries,
    tasks,
    uploads,
    usage,
    verbs,
)

about_message = [
    path("", pages.message, name="message"),
    path("receipt/", receipts.receipt, name="receipt"),
    path("receipt.json", receipts.exact_prompt, name="exact_prompt"),
    path("pin/", marks.pin, name="pin_message"),
    path("unpin/", marks.unpin, name="unpin_message"),
    path("exclude/", marks.exclude, name="exclude_message"),
    path("include/", marks.include, name="include_message"),
]

conversation = [
    path("", pages.conversation, name="conversation"),
    path("m/<uuid:message_id>/", include(about_message)),
    path("preview/", previews.of_conversation, name="conversation_preview"),
    path("rename/", verbs.rename, name="rename"),
    path("pin/", verbs.pin, name="pin"),
    path("unpin/", verbs.unpin, name="unpin"),
    path("archive/", verbs.archive, name="archive"),
    path("unarchive/", verbs.unarchive, name="unarchive"),
    path("delete/", verbs.delete, name="delete"),
    path("restore/", verbs.restore, name="restore"),
    path("erase/", verbs.erase, name="erase"),
    path("branch/", verbs.branch, name="branch"),
    path("summary/", summaries.summary, name="summary"),
    path("resummarise/", summaries.redo, name="redo_summary"),
    path("settings/", preferences.of_conversation, name="conversation_settings"),
    re_path(r"^export\.(?P<form>txt|md|json)$", exports.export_file, name="export"),
]

settings = [
    path("assistant/", preferences.assistant, name="assistant"),
    path("presets/new/", presets.new_preset, name="new_preset"),
    path("presets/<uuid:preset_id>/", presets.preset, name="preset"),
    path(
        "presets/<uuid:preset_id>/delete/", presets.delete_preset, name="delete_preset"
    ),
    path("usage/", usage.usage, name="usage"),
    path("activity/", activity.activity, name="activity"),
    path("activity/seen/", activity.readings_seen, name="readings_seen"),
    path("facts/", facts.facts, name="facts"),
    path("facts.json", facts.download, name="facts_json"),
    path("facts/use/", facts.use, name="facts_use"),
    path("facts/<uuid:fact_id>/", facts.fact, name="fact"),
    path("facts/<uuid:fact_id>/pin/", facts.pin, name="fact_pin"),
    path("facts/<uuid:fact_id>/forget/", facts.forget, name="fact_forget"),
    path("facts/<uuid:fact_id>/undo/<str:change>/", facts.undo, name="fact_undo"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/export/", privacy.ask_for_export, name="ask_for_export"),
    path("privacy/exports/<uuid:request_id>/", privacy.data_export, name="data_export"),
    path(
        "privacy/exports/<uuid:request_id>/cancel/",
        privacy.cancel_export,
        name="cancel_export",
    ),
    path("privacy/erase/", privacy.erase_account, name="erase_account"),
    path("privacy/keep/", privacy.keep_account, name="keep_account"),
    path("core/", core_memory.core, name="core_memory"),
    path("core/<uuid:version_id>/restore/", core_memory.restore, name="core_restore"),
    path("core/<uuid:version_id>/undo/", core_memory.undo, name="core_undo"),
]

about_files = [
    path("", uploads.upload, name="files"),
    path("<uuid:file_id>/", files.file, name="file"),
    path("<uuid:file_id>/content", files.content, name="file_content"),
    path("<uuid:file_id>/image", files.image, name="file_image"),
    path("<uuid:file_id>/p/<int:number>/", files.passage, name="file_passage"),
    path("<uuid:file_id>/status", files.status, name="file_status"),
    path("<uuid:file_id>/remove/", files.remove, name="remove_file"),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("accounts/sessions/", devices.devices, name="devices"),
    path("preview/", previews.of_new, name="preview"),
    path("search/", search.search, name="search"),
    path("c/", library.library, name="library"),
    path("c/rows/", pages.rows, name="rows"),
    path("c/<uuid:conversation_id>/", include(conversation)),
    path("settings/", include(settings)),
    path("tasks/", tasks.tasks, name="tasks"),
    path("files/", include(about_files)),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
