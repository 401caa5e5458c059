"""Settings, read from the environment; docs/operations.md lists every variable.

Three URLs choose the profile, each alone: DATABASE_URL (SQLite without it), REDIS_URL (in-process without it) and
CASSANDRA_URL (history beside the relational data without it).
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from accounts.redis_client import read_redis
from chatproject.database import read_database, read_followers
from chatproject.environment import (
    read_choice,
    read_flag,
    read_hosts,
    read_limit,
    read_list,
    read_log_level,
    read_networks,
    read_number,
    read_origins,
    read_port,
    read_text,
    read_url,
)
from messaging.files.address import read_files
from messaging.history.cassandra.address import read_address

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("PARLEY_DATA", BASE_DIR / "var")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret(name: str, file: str) -> str:
    """From the environment, else one made at the first start and kept, readable by its owner only."""
    if key := os.environ.get(name):
        return key
    path = DATA_DIR / file
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = _secret("PARLEY_SECRET_KEY", "secret_key")
DEBUG = False
ALLOWED_HOSTS = read_hosts("PARLEY_HOSTS", "localhost,127.0.0.1,[::1]")
# Where pages of ours are served from, as browsers see it; for CSRF and the socket's origin check behind TLS.
CSRF_TRUSTED_ORIGINS = read_origins("PARLEY_ORIGINS")
# Whose word on a client's address and scheme is believed (chatproject.proxies), by the addresses they connect from.
TRUSTED_PROXIES = read_networks("PARLEY_TRUSTED_PROXIES")
# The older way: whoever connects is believed, and names the client in X-Real-IP.
TRUSTS_REAL_IP = read_flag("PARLEY_BEHIND_PROXY") and not TRUSTED_PROXIES
BEHIND_PROXY = TRUSTS_REAL_IP or bool(TRUSTED_PROXIES)
SECURE = read_flag("PARLEY_SECURE")

INSTALLED_APPS = [
    "chatproject",
    "accounts",
    "accounts.mail",
    "groups",
    "messaging.files",
    "messaging",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lucide",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatproject.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "chatproject.api.private_answers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["lucide.templatetags.lucide", "accounts.templatetags.labels"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Relational data, and the history while there is no CASSANDRA_URL.
try:
    DATABASES = {"default": read_database(read_url("DATABASE_URL"), DATA_DIR)}
    # Followers of the primary that DATABASE_URL names, for reads that may be a moment old.
    FOLLOWERS = read_followers(read_list("PARLEY_FOLLOWER_URLS"), DATABASES["default"])
except ValueError as error:
    raise SystemExit(str(error)) from None
DATABASE_ROUTERS = []
if FOLLOWERS:
    DATABASES |= FOLLOWERS
    DATABASE_ROUTERS.append("accounts.followers.FollowerRouter")
    MIDDLEWARE.append("accounts.followers.middleware.ReadsMiddleware")
# Connections to PostgreSQL that a worker's requests share.
POOL = read_number("PARLEY_POOL", 10, least=1)
# Our token takes the place of knox's; its migrations would make a table that nothing uses and every flush trips over.
MIGRATION_MODULES = {"knox": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The history's tables, for `manage.py make_history` only: what serves has its own session. Nothing connects before use.
CASSANDRA_URL = read_url("CASSANDRA_URL")
if CASSANDRA_URL:
    try:
        CASSANDRA = read_address(CASSANDRA_URL)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    INSTALLED_APPS.append("messaging.history.cassandra")
    DATABASE_ROUTERS.append("messaging.history.cassandra.router.NoRelationalModel")
    DATABASES["cassandra"] = {
        "ENGINE": "django_cassandra_engine",
        "NAME": CASSANDRA.keyspace,
        "HOST": ",".join(CASSANDRA.hosts),
        "USER": CASSANDRA.user,
        "PASSWORD": CASSANDRA.password,
        "OPTIONS": {
            "connection": {
                "port": CASSANDRA.port,
                "protocol_version": 5,
                "lazy_connect": True,
                "retry_connect": True,
                # While it makes a table, a node may be slower to answer than a heartbeat waits.
                "idle_heartbeat_interval": 0,
            },
        },
    }

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# What several workers share besides the database: the channel layer and tickets. Without it there is one worker.
try:
    REDIS_URL = read_redis(read_url("REDIS_URL"))
except ValueError as error:
    raise SystemExit(str(error)) from None
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "messaging.layer.Layer",
            "CONFIG": {
                "hosts": [
                    {
                        "address": REDIS_URL,
                        "socket_timeout": 2,
                        "socket_connect_timeout": 2,
                        "socket_keepalive": True,
                        "health_check_interval": 15,
                    }
                ],
                "prefix": "parley",
            },
        }
    }

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.rules.PasswordLength"},
    {"NAME": "accounts.passwords.VisiblePassword"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# An address that is nobody's gets no mail when somebody asks for a new password.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.resets.NewestLinkGenerator"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "change_password": "accounts.forms.PasswordChangeForm",
    "reset_password": "accounts.forms.PasswordResetForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "reauthenticate": "accounts.forms.ConfirmPasswordForm",
}
# Ours count sign-ups and sign-ins, on pages and over REST together, and for all workers; allauth's own, which each
# worker counts by itself, hold for the rest.
ACCOUNT_RATE_LIMITS = {"signup": None, "login": None, "login_failed": None, "reset_password": None}
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Parley: "
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = False
if SECURE:
    SECURE_HSTS_SECONDS = 31_536_000

# Without a mail server, mail is written under the data folder.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("PARLEY_MAIL_FROM", "parley@localhost")
EMAIL_HOST = read_text("PARLEY_SMTP_HOST")
if EMAIL_HOST:
    # Stored first; what is stored goes to the relay in the background, until that has taken it.
    EMAIL_BACKEND = "accounts.mail.backend.QueueBackend"
    RELAY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    _SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
    # TLS from the first byte is what port 465 is for.
    _SMTP_USUAL = "tls" if read_text("PARLEY_SMTP_PORT") == "465" else "starttls"
    SMTP_SECURITY = read_choice("PARLEY_SMTP_SECURITY", list(_SMTP_PORTS), _SMTP_USUAL)
    EMAIL_PORT = read_port("PARLEY_SMTP_PORT", _SMTP_PORTS[SMTP_SECURITY])
    EMAIL_HOST_USER = os.environ.get("PARLEY_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("PARLEY_SMTP_PASSWORD", "")
    EMAIL_USE_TLS = SMTP_SECURITY == "starttls"
    EMAIL_USE_SSL = SMTP_SECURITY == "tls"
    EMAIL_TIMEOUT = 10

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatproject.staticfiles.ModuleManifestStorage"},
    # What people send: in a folder that all workers reach, or in a bucket of S3 or its like.
    "files": read_files(os.environ.get("PARLEY_FILES", ""), DATA_DIR),
}
# Before a proxy that reaches the folder itself: where it serves it to itself alone (nginx's X-Accel-Redirect).
FILES_ACCEL = os.environ.get("PARLEY_FILES_ACCEL", "")
if "://" in os.environ.get("PARLEY_FILES", ""):
    FILES_ACCEL = ""
FILE_BYTES_MOST = read_number("PARLEY_FILE_BYTES", 25 * 1024 * 1024, least=1)
# Of all files together that a user has sent, or is about to.
FILES_BYTES_PER_USER = read_number("PARLEY_FILES_PER_USER", 1024 * 1024 * 1024, least=0)
# Of all files of everybody together; 0: as much as the disk or bucket has.
FILES_TOTAL = read_number("PARLEY_FILES_TOTAL", 0, least=0)
# What stays free of the disk on which files are kept.
FILES_RESERVE = read_number("PARLEY_FILES_RESERVE", 1024 * 1024 * 1024, least=0)
# Processes of a worker that decode pictures, each with at most 1 GiB; none runs while nobody sends any.
PICTURE_PROCESSES = read_number("PARLEY_PICTURE_PROCESSES", 3, least=1)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # blob: a picture that is still being sent.
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["chatproject.api.UserLimit"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PARSER_CLASSES": ["chatproject.api.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "chatproject.openapi.Operations",
    "DEFAULT_PAGINATION_CLASS": "chatproject.paging.CursorPages",
    "EXCEPTION_HANDLER": "chatproject.api.problem",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
KNOX_TOKEN_MODEL = "accounts.Token"
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": timedelta(days=90), "TOKEN_PREFIX": "parley_"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # 3.1 lets a DELETE have a body and says which fields depend on each other.
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {"RoleEnum": "groups.models.Role", "KindEnum": "groups.models.Kind"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chatproject.schema.with_problems",
    ],
}

# What an administrator has not decided yet; accounts/policy.py says what the values mean.
SITE_POLICY = {
    "registration": os.environ.get("PARLEY_REGISTRATION", "open"),
    "domains": ", ".join(read_list("PARLEY_REGISTRATION_DOMAINS")),
    "directory": os.environ.get("PARLEY_DIRECTORY", "everyone"),
    "additions": os.environ.get("PARLEY_ADDITIONS", "contacts"),
}
_POLICIES = {
    "registration": ("open", "invited", "domains", "closed"),
    "directory": ("everyone", "groups", "exact"),
    "additions": ("contacts", "groups"),
}
for _name, _values in _POLICIES.items():
    if SITE_POLICY[_name] not in _values:
        raise SystemExit(f"PARLEY_{_name.upper()} is one of {', '.join(_values)}.")
if SITE_POLICY["registration"] == "domains" and not SITE_POLICY["domains"]:
    raise SystemExit("PARLEY_REGISTRATION=domains needs PARLEY_REGISTRATION_DOMAINS, such as example.org.")
# Accounts know nothing of groups, whose links may open the registration.
REGISTRATION_INVITES = "groups.access.is_live_link"

# Limits, as the `limits` library writes them. Those by address leave this machine's own addresses out unless
# Parley stands behind a proxy, which tells the real one.
RATE_LIMITS = {
    "signup_by_address": read_limit("PARLEY_LIMIT_SIGNUP", "30/hour"),
    # Links to sign up that are sent to one address.
    "confirmation_by_address": read_limit("PARLEY_LIMIT_CONFIRMATION", "5/hour"),
    # Asking for a new password: by client, and mails to one address from wherever they are asked for.
    "reset_by_address": read_limit("PARLEY_LIMIT_RESET_ADDRESS", "20/minute"),
    "reset_by_email": read_limit("PARLEY_LIMIT_RESET_EMAIL", "5/hour"),
    "login_by_address": read_limit("PARLEY_LIMIT_LOGIN_ADDRESS", "60/minute"),
    # Of one name from one address, and of a device that was signed in before.
    "login_by_username": read_limit("PARLEY_LIMIT_LOGIN_USERNAME", "10/minute"),
    # Of one name from everywhere else.
    "login_anywhere": read_limit("PARLEY_LIMIT_LOGIN_ANYWHERE", "200/hour"),
    # What confirms a password that is typed while one is signed in, by session or token.
    "password_by_session": read_limit("PARLEY_LIMIT_PASSWORD", "30/hour"),
    "api_by_user": read_limit("PARLEY_LIMIT_API", "1200/minute"),
    "search_by_user": read_limit("PARLEY_LIMIT_SEARCH", "120/minute"),
    # Groups and channels that one makes, and people whom one adds or invites to any, or begins to talk to.
    "groups_by_user": read_limit("PARLEY_LIMIT_GROUPS", "60/hour;300/day"),
    "people_by_user": read_limit("PARLEY_LIMIT_PEOPLE", "1000/hour;5000/day"),
    "contacts_by_user": read_limit("PARLEY_LIMIT_CONTACTS", "300/hour;1000/day"),
    # Files that one begins to upload, and their bytes.
    "uploads_by_user": read_limit("PARLEY_LIMIT_UPLOADS", "300/hour;1000/day"),
    "upload_bytes_by_user": read_limit("PARLEY_LIMIT_UPLOAD_BYTES", "4294967296/day"),
    "reports_by_user": read_limit("PARLEY_LIMIT_REPORTS", "30/hour"),
}
# A user's sends: this many at once, and this many a second over time.
SEND_BURST = read_number("PARLEY_SEND_BURST", 100, least=1)
SEND_PER_SECOND = read_number("PARLEY_SEND_PER_SECOND", 20.0, least=0.001)
# Characters of text that a user writes in a day, each write counting as 200 besides; at least one message's worth.
TEXT_PER_DAY = read_number("PARLEY_TEXT_PER_DAY", 20_000_000, least=10_000)
# A user's open sockets at one worker.
SOCKETS_PER_USER = read_number("PARLEY_SOCKETS_PER_USER", 500, least=1)
# A worker's connections: in all (as many as its open files allow when 0), and of one address.
CONNECTIONS = read_number("PARLEY_CONNECTIONS", 0, least=0)
CONNECTIONS_PER_ADDRESS = read_number("PARLEY_CONNECTIONS_PER_ADDRESS", 1_000, least=1)
# How often a worker says who is connected to it, and looks who watched people are.
PRESENCE_SECONDS = read_number("PARLEY_PRESENCE_SECONDS", 30.0, least=0.1)
# What a client may take to send a request, and one message of a socket, to its end.
REQUEST_SECONDS = read_number("PARLEY_REQUEST_SECONDS", 60.0, least=0.1)
# Whoever takes nothing of a download for so long loses the connection.
STALL_SECONDS = read_number("PARLEY_STALL_SECONDS", 30.0, least=0.1)
MESSAGE_SECONDS = read_number("PARLEY_MESSAGE_SECONDS", 20.0, least=0.1)
# How long a worker that was told to stop says so at /readyz before it stops listening; for balancers that ask there.
DRAIN_NOTICE_SECONDS = read_number("PARLEY_DRAIN_NOTICE_SECONDS", 0.0, least=0.0)

# Names besides "Parley" and those of roles that nobody but staff may bear: of the firm, of this installation.
RESERVED_NAMES = read_list("PARLEY_RESERVED_NAMES")

# Whoever reads a worker's /metrics sends "Authorization: Bearer" and this.
METRICS_TOKEN = _secret("PARLEY_METRICS_TOKEN", "metrics_token")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"one_line": {"()": "chatproject.logs.OneLine"}, "abandoned": {"()": "chatproject.logs.Abandoned"}},
    "formatters": {"discreet": {"()": "chatproject.logs.Discreet"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["abandoned", "one_line"], "formatter": "discreet"}
    },
    "root": {"handlers": ["console"], "level": read_log_level("PARLEY_LOG_LEVEL", "WARNING")},
}
