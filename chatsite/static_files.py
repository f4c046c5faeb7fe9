"""Static files with their content's hash in their names, modules included."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedModules(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
