"""Static files under names that carry their content's hash, compressed; ES modules' imports are rewritten to them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
