"""Every setting, grouped; each read once, from the environment, with its default.

docs/settings.md tells what they mean. Wrong values are refused by chatsite/checks.py.
"""

from __future__ import annotations

import os
import secrets
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cryptography.fernet import Fernet

from chatsite.lib.env import is_loopback, read_environment
from chatsite.lib.secret_files import read_lines, read_or_create

# NumPy reads it as it loads. More threads, on the cores that serve people, make its
# products slower and every reply wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
env = read_environment(BASE_DIR)


def _usd(given: str) -> Decimal:
    try:
        amount = Decimal(given)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{given!r} is not an amount of money, such as 7.50")
    return amount


# --- where state lives
VAR_DIR = Path(env.str("VAR_DIR", default="var"))
if not VAR_DIR.is_absolute():
    VAR_DIR = BASE_DIR / VAR_DIR
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- secrets: given, or made on the first start
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_create(
    VAR_DIR / "keys" / "secret_key", lambda: secrets.token_urlsafe(48)
)
MASTER_KEYS = env.list("MASTER_KEYS", default=[])
MASTER_KEY_FILE = None if MASTER_KEYS else VAR_DIR / "keys" / "master_key"
if MASTER_KEY_FILE:  # a line each, the newest first
    read_or_create(MASTER_KEY_FILE, lambda: Fernet.generate_key().decode())
    MASTER_KEYS = read_lines(MASTER_KEY_FILE)
AUDIT_KEY = env.str("AUDIT_KEY", default="") or read_or_create(
    VAR_DIR / "keys" / "audit_key", lambda: secrets.token_urlsafe(48)
)

# --- the network
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
DEBUG = env.bool("DEBUG", default=False)
_LOCAL = is_loopback(HOST)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]"] if _LOCAL else [],
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
COOKIE_SECURE = env.bool("COOKIE_SECURE", default=not _LOCAL)
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=_LOCAL)
RATE_LIMITS = env.str("RATE_LIMITS", default="on") != "off"
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# how often; accounts/limits.py tells what each protects
RATE_REQUESTS = env.str("RATE_REQUESTS", default="6000/minute")
RATE_PAGES = env.str("RATE_PAGES", default="1200/minute")
RATE_SIGN_INS = env.str("RATE_SIGN_INS", default="5/15minute")
RATE_SIGN_UPS = env.str("RATE_SIGN_UPS", default="20/minute")
RATE_MAILS = env.str("RATE_MAILS", default="20/hour")
RATE_MESSAGES = env.str("RATE_MESSAGES", default="120/minute")
RATE_SEARCHES = env.str("RATE_SEARCHES", default="300/minute")
RATE_UPLOADS = env.str("RATE_UPLOADS", default="30/minute")
RATE_DOWNLOADS = env.str("RATE_DOWNLOADS", default="60/minute")
RATE_DATA_REQUESTS = env.str("RATE_DATA_REQUESTS", default="10/hour")
# how many at once, in one process; frames: in a second, of one socket
RATE_LIVE_TURNS = env.int("RATE_LIVE_TURNS", default=8)
RATE_FRAMES = env.int("RATE_FRAMES", default=10)
RATE_SOCKETS = env.int("RATE_SOCKETS", default=20)
RATE_NETWORK_SOCKETS = env.int("RATE_NETWORK_SOCKETS", default=400)
SESSION_BINDING = env.str("SESSION_BINDING", default="off")
SESSION_IDLE_DAYS = env.int("SESSION_IDLE_DAYS", default=7)
SESSION_DAYS = env.int("SESSION_DAYS", default=30)
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not _LOCAL)
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_NAME = env.str("OIDC_NAME", default="Single sign-on")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_SIGNUP = env.bool("OIDC_SIGNUP", default=True)

# --- personal data: what is redacted, and how long things are kept
PII_POLICY = env.str("PII_POLICY", default="vault")
CONVERSATION_TTL_DAYS = env.int("CONVERSATION_TTL_DAYS", default=0)  # 0: for ever
CONVERSATION_TTL_MODE = env.str("CONVERSATION_TTL_MODE", default="sliding")

# --- the model
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
DEMO_MODEL = not OPENAI_API_KEY and not OPENAI_BASE_URL
OPENAI_API = env.str("OPENAI_API", default="responses")
CHAT_MODEL = env.str("CHAT_MODEL", default="gpt-5.4-mini")
TASK_MODEL = env.str("TASK_MODEL", default="") or CHAT_MODEL
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
VECTOR_INDEX = env.str("VECTOR_INDEX", default="scan")
MODEL_TIMEOUT = env.float("MODEL_TIMEOUT", default=60.0)
CONTEXT_STRATEGY = env.str("CONTEXT_STRATEGY", default="hybrid")
CONTEXT_TOKENS = env.int("CONTEXT_TOKENS", default=16_000)
SYSTEM_PROMPT = env.str("SYSTEM_PROMPT", default="")
MONTHLY_BUDGET_USD = env.get_value("MONTHLY_BUDGET_USD", cast=_usd, default=Decimal(0))
TIKTOKEN_CACHE_DIR = Path(
    env.str("TIKTOKEN_CACHE_DIR", default=str(VAR_DIR / "tiktoken"))
)

# --- files that people attach
MAX_FILE_MB = env.int("MAX_FILE_MB", default=20)
MAX_FILES_MB = env.int("MAX_FILES_MB", default=500)
MAX_FILE_PAGES = env.int("MAX_FILE_PAGES", default=500)

# --- the site
SITE_NAME = env.str("SITE_NAME", default="Understory")
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "chatsite.apps.ChatsiteConfig",
    "accounts",
    "conversations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.limiting.limited",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.personal_pages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatsite.site_context.site",
            ]
        },
    }
]

# --- databases: content, and the keys that open it, apart
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'chat.sqlite3'}"),
    "keys": env.db(
        "KEYS_DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'keys.sqlite3'}"
    ),
}
for _database in DATABASES.values():
    if "sqlite" in _database["ENGINE"]:
        # IMMEDIATE: a writer queues at BEGIN instead of failing in the middle
        _database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
            ),
        }
    elif "postgresql" in _database["ENGINE"]:
        _database.setdefault("OPTIONS", {})["pool"] = {
            "min_size": 2,
            "max_size": 16,
            # a pool tries less and less often; begun anew it is soon there again
            "reconnect_timeout": 8,
            "timeout": 10,
        }
DATABASE_ROUTERS = ["accounts.key_database.KeyDatabaseRouter"]

# --- what several processes share besides: caches, and a doorbell for changes
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "chatsite.lib.shared_cache.SteadyRedisCache",
            "LOCATION": REDIS_URL,
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }

# --- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.role_backend.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "accounts.hashers.CappedArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": _VALIDATION + "UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": _VALIDATION + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {"NAME": _VALIDATION + "NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "change_password": "accounts.forms.PasswordChangeForm",
    "set_password": "accounts.forms.PasswordSetForm",
    "reset_password_from_key": "accounts.forms.PasswordResetForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True  # one address each
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
MFA_ADAPTER = "accounts.factors.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # half minutes that clocks may differ; each code works once
MFA_ALLOW_UNVERIFIED_EMAIL = True  # else nobody with a factor could change theirs
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"} if RATE_LIMITS else False
MFA_FORMS = {
    "authenticate": "accounts.factors.forms.SignInCodeForm",
    "reauthenticate": "accounts.factors.forms.ReauthenticationCodeForm",
    "activate_totp": "accounts.factors.forms.AddAppForm",
    "authenticate_webauthn": "accounts.factors.forms.SignInPasskeyForm",
    "login_webauthn": "accounts.factors.forms.PasswordlessForm",
    "reauthenticate_webauthn": "accounts.factors.forms.ReauthenticationPasskeyForm",
    "add_webauthn": "accounts.factors.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.factors.forms.RenamePasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "accounts.identities.adapter.IdentityAdapter"
SOCIALACCOUNT_FORMS = {
    "disconnect": "accounts.identities.adapter.DisconnectIdentityForm"
}
SOCIALACCOUNT_LOGIN_ON_GET = SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds, each time the provider is asked
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "accounts.identities.provider.SingleSignOn",
        "OAUTH_PKCE_ENABLED": True,
    }
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# per key alone would let anyone lock a person out: the adapter adds person and network
ACCOUNT_RATE_LIMITS = (
    {"login_failed": "10/m/ip,50/h/key", "signup": "20/m/ip"} if RATE_LIMITS else False
)
vars().update(env.email("EMAIL_URL", default="consolemail://"))
if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    EMAIL_BACKEND = "chatsite.lib.console_mail.EmailBackend"  # no addresses in the log
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")

# --- cookies, headers
SESSION_ENGINE = "accounts.sessions.store"
SESSION_SAVE_EVERY_REQUEST = False  # a page kept in a cache would hand a cookie on
SESSION_COOKIE_NAME = "__Host-sessionid" if COOKIE_SECURE else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if COOKIE_SECURE else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COOKIE_SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_DAYS * 24 * 3600
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
)
SECURE_SSL_REDIRECT = False  # the proxy's work; a health check speaks plain HTTP
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # asks for the redirect
SECURE_HSTS_SECONDS = 31_536_000 if COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = COOKIE_SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["fragments"],
    }
}

# --- files and language
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatsite.static_files.HashedModules"},
}
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# What Django takes in it keeps in memory, up to this: a body or a file beyond it would
# lie on the disk in plain text. The server refuses a larger body before.
UPLOAD_MAX_BODY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = (
    MAX_FILE_MB * 1_000_000 + DATA_UPLOAD_MAX_MEMORY_SIZE
)
FILE_UPLOAD_HANDLERS = ["chatsite.lib.uploads.InMemory"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chatsite.lib.log_lines.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "aiohttp": {"level": "WARNING"},
    },
}
