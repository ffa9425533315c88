"""The only settings module; every value that differs between installations comes from the environment."""

import os
import secrets
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import dj_database_url
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(env.text("DEALRAIL_HOME", str(Path.home() / ".dealrail"))).expanduser().resolve()
HOME.mkdir(mode=0o700, parents=True, exist_ok=True)

DEBUG = env.flag("DEALRAIL_DEBUG", False)


def _secret_key() -> str:
    """The key from the environment, else one made once for this home and readable by its owner only."""
    if key := env.text("DEALRAIL_SECRET_KEY", ""):
        return key
    path = HOME / "secret.key"
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.words("DEALRAIL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("DEALRAIL_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "dealrail.events",
    "dealrail.accounts",
    "dealrail.notifications",
    "dealrail.process",
    "dealrail.crm",
    "dealrail.forms",
    "dealrail.activities",
    "dealrail.insights",
    "dealrail.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dealrail.web.middleware.ContentSecurityPolicy",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "dealrail.web.middleware.ReadOnce",
    "dealrail.web.middleware.PastPages",  # what follows is for screens only
    "dealrail.web.middleware.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dealrail.web.account.middleware.LoginForParts",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dealrail.web.account.middleware.SessionNotes",
    "dealrail.web.middleware.WhosePage",
    "dealrail.web.middleware.PersonalLanguage",
    "dealrail.web.middleware.FormsOpenedAsPages",
    "dealrail.web.middleware.RefusalPages",
    "dealrail.web.account.middleware.SecondFactorDemanded",
    "dealrail.web.seeing.middleware.SeeingAs",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "dealrail" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dealrail.web.context.shell",
            ],
        },
    },
]


# A statement that a connection has run so often is planned by PostgreSQL once for all later times.
PREPARED_FROM = 5


def _database() -> dict[str, Any]:
    """The database of DATABASE_URL; SQLite gets the settings that keep writers from failing on each other."""
    url = env.text("DATABASE_URL", f"sqlite:///{HOME / 'dealrail.sqlite3'}")
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError) as error:
        raise env.BadSetting(
            "DATABASE_URL cannot be read. Write sqlite:////path/file.sqlite3 or postgres://user:password@host/name."
        ) from error
    if not config.get("NAME") or config["NAME"] == ":memory:":
        raise env.BadSetting(
            "DATABASE_URL names no database. Write sqlite:////path/file.sqlite3 or postgres://host/name."
        )
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    elif config["ENGINE"] != "django.db.backends.postgresql":
        raise env.BadSetting("DATABASE_URL must name SQLite or PostgreSQL.")
    elif env.flag("DEALRAIL_PREPARED_STATEMENTS", True):
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "server_side_binding": True,
            "prepare_threshold": PREPARED_FROM,
        }
    return config


DATABASES = {"default": _database()}
# Beyond so many entries Django throws a third of them away: counters that slow strangers down must outlast a flood.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "dealrail.web.account.adapter.ClosedSignup"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "60/m/ip,5/5m/key"}
MFA_ADAPTER = "dealrail.web.account.adapter.SecondFactor"
MFA_TOTP_ISSUER = "Dealrail"
MFA_TOTP_TOLERANCE = 1
MFA_DEMANDED_OF = env.one_of("DEALRAIL_MFA_REQUIRED", "nobody", ["nobody", "administrators", "everybody"])
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

HTTPS = env.flag("DEALRAIL_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if env.flag("DEALRAIL_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Limits on logins go by the address that the last proxy saw, not by that of the proxy, which everybody shares.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.number("DEALRAIL_PROXIES", 1, low=1, high=9)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.one_of("DEALRAIL_LANGUAGE", "zh-hans", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "dealrail" / "locale"]
TIME_ZONE = env.one_of(
    "DEALRAIL_TIME_ZONE", "Asia/Shanghai", available_timezones(), shown="a name like Asia/Shanghai or Europe/Berlin"
)
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LOG_LEVEL = env.one_of("DEALRAIL_LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"dealrail": {"level": LOG_LEVEL}},
}
