"""All settings. Everything that differs between machines comes from the environment; a wrong value refuses to start.

Without any variable set this is the demo on the machine at hand; `DEMO=0` is production and asks for what it needs.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from helpdesk.lib import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("DATA_DIR", ".data", base=BASE_DIR)
BACKUP_DIR = env.path("BACKUP_DIR", DATA_DIR / "backups", base=BASE_DIR)

# What this installation is
DEMO = env.flag("DEMO", True)
DEBUG = env.flag("DEBUG", False)
DEMO_SECRET = "the demo's secret: worthless, since anyone can read it here"  # noqa: S105
SECRET_KEY = env.text("SECRET_KEY", DEMO_SECRET)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
PORT = env.number("PORT", 8765, minimum=1, maximum=65534)
LIVE_PORT = env.number("LIVE_PORT", PORT + 1, minimum=1, maximum=65535)
SITE_URL = env.url("SITE_URL", ("http", "https"), f"http://localhost:{PORT}").rstrip("/")
# In production the proxy sends /live/ of the same site to the live process; on one's own machine it has a port
LIVE_URL = env.url("LIVE_URL", ("ws", "wss"), "" if DEMO else f"ws{SITE_URL.removeprefix('http')}/live/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

_is_https = SITE_URL.startswith("https://")
_is_behind_proxy = env.flag("BEHIND_PROXY", False)
_site_host = urlsplit(SITE_URL).hostname or ""

if not DEMO:
    if SECRET_KEY == DEMO_SECRET or len(SECRET_KEY) < 40 or len(set(SECRET_KEY)) < 10:
        raise env.WrongSetting("SECRET_KEY must be set to at least 40 random characters when DEMO=0.")
    if DEBUG:
        raise env.WrongSetting("DEBUG must be off when DEMO=0: its error pages show secrets.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise env.WrongSetting("ALLOWED_HOSTS must name this site's hosts, and not *, when DEMO=0.")
    if any(env.is_open_to_anybody(name) for name in ALLOWED_HOSTS):
        raise env.WrongSetting(
            "ALLOWED_HOSTS must not open a whole top-level domain, such as .com or .com.pl, when DEMO=0."
        )
    if not env.text("SITE_URL"):
        raise env.WrongSetting(
            "SITE_URL must be the address people open, such as https://help.example.org, when DEMO=0."
        )
    if not _is_https:
        raise env.WrongSetting(
            "SITE_URL must begin with https:// when DEMO=0: over http anybody on the way reads passwords and cookies."
        )
    if not any(name == _site_host or (name[0] == "." and f".{_site_host}".endswith(name)) for name in ALLOWED_HOSTS):
        raise env.WrongSetting("ALLOWED_HOSTS must hold the host of SITE_URL when DEMO=0.")
    if not _is_behind_proxy:
        raise env.WrongSetting(
            "BEHIND_PROXY must be 1 when DEMO=0: a proxy in front ends TLS and says who asks (docs/operating.md)."
        )
    if env.number("CLOCK_OFFSET_S", 0):
        raise env.WrongSetting("CLOCK_OFFSET_S must not be set when DEMO=0: only the demo has a clock of its own.")
elif SECRET_KEY == DEMO_SECRET and not {_site_host, *ALLOWED_HOSTS} <= {"localhost", "127.0.0.1", "::1", "[::1]"}:
    raise env.WrongSetting(
        "SECRET_KEY must be set before others reach this demo, whose own key anyone can read; for real use set DEMO=0."
    )

# The demo lives on its own Monday; zero everywhere else
CLOCK_OFFSET = timedelta(seconds=env.number("CLOCK_OFFSET_S", 0) if DEMO else 0)

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "helpdesk",
    "tickets",
    "rotations",
    "sla",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "helpdesk.lib.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.lib.request_context.RequestContextMiddleware",
    "helpdesk.lib.way_back.WayBackMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tickets.accounts.middleware.SessionRulesMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
ASGI_APPLICATION = "helpdesk.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tickets.views.shell.around",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "helpdesk.lib.quick_tags",
                "tickets.templatetags.keyboard",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# PostgreSQL is the only database; connections are kept, and checked before they are used again
DATABASES = {
    "default": {
        **env.database(),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries Celery's messages. Nothing that must not be lost lives there, and pages work while it is away
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss", "unix", "redis+socket"), "redis://localhost:6379/0")
_is_redis_socket = urlsplit(REDIS_URL).scheme in ("unix", "redis+socket")
CELERY_APPLICATION = "helpdesk.celery"
CELERY_BROKER_URL = "redis+socket://" + urlsplit(REDIS_URL).path if _is_redis_socket else REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 1,
    "socket_timeout": 15,
    "socket_keepalive": True,
}
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "drain_outbox": {"task": "tickets.tasks.drain_outbox", "schedule": 5.0},
    "release_replies": {"task": "tickets.tasks.release_replies", "schedule": 2.0},
    "process_inbound": {"task": "tickets.tasks.process_stored_mail", "schedule": 10.0},
    "fetch_mail": {"task": "tickets.tasks.fetch_mailboxes", "schedule": 15.0},
    "wake_snoozed": {"task": "tickets.tasks.wake_snoozed_tickets", "schedule": 30.0},
    "erase_removed": {"task": "tickets.tasks.erase_removed_tickets", "schedule": 3600.0},
    "rename_tags": {"task": "tickets.tasks.rename_tags", "schedule": 60.0},
    "run_bulk_changes": {"task": "tickets.tasks.run_bulk_changes", "schedule": 20.0},
    "deal_tickets": {"task": "tickets.tasks.deal_tickets", "schedule": 15.0},
    "apply_rules": {"task": "tickets.tasks.apply_rules", "schedule": 5.0},
    "apply_rules_of_time": {"task": "tickets.tasks.apply_rules_of_time", "schedule": 60.0},
    "begin_appointments": {"task": "tickets.tasks.begin_appointments", "schedule": 15.0},
    "snapshot_queues": {"task": "tickets.tasks.snapshot_queues", "schedule": 60.0},
    "send_digests": {"task": "tickets.tasks.send_digests", "schedule": 60.0},
    "close_solved": {"task": "tickets.tasks.close_solved_tickets", "schedule": 600.0},
    "answer_resets": {"task": "tickets.tasks.answer_resets", "schedule": 5.0},
    "write_presence": {"task": "rotations.tasks.write_presence", "schedule": 120.0},
    "offer_seats": {"task": "rotations.tasks.offer_seats", "schedule": 60.0},
    "remind_of_duties": {"task": "rotations.tasks.remind_of_duties", "schedule": 120.0},
    "move_duties": {"task": "rotations.tasks.move_duties", "schedule": 15.0},
    "send_invitations": {"task": "rotations.tasks.send_invitations", "schedule": 5.0},
    "sweep_promises": {"task": "sla.tasks.sweep_promises", "schedule": 30.0},
    "forget_old_sweeps": {"task": "sla.tasks.forget_old_sweeps", "schedule": 3600.0},
    "run_edits": {"task": "sla.tasks.run_edits", "schedule": 10.0},
    "look_ahead": {"task": "sla.tasks.look_ahead", "schedule": 30.0},
    "count_running_weeks": {"task": "sla.tasks.count_running_weeks", "schedule": 60.0},
    "measure_handling": {"task": "sla.tasks.measure_handling", "schedule": 60.0},
    "count_all_weeks": {"task": "sla.tasks.count_all_weeks", "schedule": 60.0},
    "mail_weekly_report": {"task": "sla.tasks.mail_weekly_report", "schedule": 60.0},
    "fill_search": {"task": "tickets.tasks.fill_search", "schedule": 30.0},
    # Once a day by its slot; offered every hour, because a beat that starts anew counts from its start
    "sweep_attachments": {"task": "tickets.tasks.sweep_attachments", "schedule": 3600.0},
    "forget_slots": {"task": "tickets.tasks.forget_old_slots", "schedule": 3600.0},
}

# Limits on attempts, used codes and counts of views are of all processes together, everything else is kept in each
# one's memory; what nobody changes, as it is
CACHES = {
    "default": {
        "BACKEND": "helpdesk.lib.shared_cache.SharedCache",
        "LOCATION": "unix://" + urlsplit(REDIS_URL).path if _is_redis_socket else REDIS_URL,
        "OPTIONS": {
            "SHARED": ["allauth", "view-counts"],
            "LIVE": [
                "counted:",
                "counts:",
                "custom_fields",
                "desks",
                "on_duty",
                "past:",
                "rule_triggers",
                "said:",
                "search:",
            ],
        },
    }
}

# People
AUTH_USER_MODEL = "tickets.User"
AUTHENTICATION_BACKENDS = ["tickets.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "tickets.account_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the browser it was changed in goes on, every other session is over
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A whole office may come from one address at 8:00; wrong passwords are counted below
ACCOUNT_RATE_LIMITS = {
    "login": "600/10m/ip",
    "login_failed": "5/10m/key",  # only codes: see AccountAdapter.pre_authenticate
    "reset_password": "500/1h/ip",
    "reset_password_of_one": "3/1h/key",  # ours: see ForgottenPassword
    "reset_password_from_key": "60/10m/ip",
}
MFA_ADAPTER = "tickets.account_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are written by administrators: nobody signs up
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": "600/10m/ip"}
MFA_FORMS = {
    "authenticate": "tickets.accounts.forms.CodeForm",
    "reauthenticate": "tickets.accounts.forms.CodeAgainForm",
}
# Wrong passwords: five by one client for one address, and for a quarter of an hour none is looked at from there
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "tickets.accounts.locks.name_of"
AXES_CLIENT_IP_CALLABLE = "tickets.accounts.locks.place_of"
AXES_LOCKOUT_CALLABLE = "tickets.views.signing_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
SESSION_ENGINE = "tickets.accounts.session_store"
SESSION_COOKIE_AGE = 14 * 86400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tickets.views.errors.csrf_failure"

# Transport
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_behind_proxy else None
# Whose attempts to sign in are counted: else one stranger uses up everybody's, who all come from the proxy's address
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _is_behind_proxy else 0
SECURE_HSTS_SECONDS = 31_536_000 if _is_https and not DEMO else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains is for the owner of the domain to say
    "security.W008",  # the proxy turns http into https
    "security.W019",  # mails are shown in frames of ours
    "security.W021",  # as W005, for browsers' lists
]
_live_source = LIVE_URL or f"ws://localhost:{LIVE_PORT} ws://127.0.0.1:{LIVE_PORT}"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", *_live_source.split()],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# Files: attachments under their hash, overwriting is harmless and refreshes the time a sweep goes by
STORAGES = {
    "default": {
        "BACKEND": "helpdesk.lib.whole_file_storage.WholeFileStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "helpdesk.lib.assets.JoinedStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static", base=BASE_DIR)  # an image brings them
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_UPLOAD_BYTES = 25 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "helpdesk.lib.bounded_uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Mail
MAIL_MAX_BYTES = 35 * 1024 * 1024
SMTP_URL = env.url("SMTP_URL", ("smtp", "smtps", "smtp+starttls"), "")
MAIL_FILE_DIR = DATA_DIR / "outgoing"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Dyżur <dyzur@bursztyn.example>" if DEMO else "")
EGRESS_ALLOW = env.words("EGRESS_ALLOW", ["127.0.0.0/8", "::1"] if DEMO else [])
if not DEMO and not SMTP_URL:
    raise env.WrongSetting("SMTP_URL must name the mail server replies leave by, when DEMO=0.")
if not DEFAULT_FROM_EMAIL:
    raise env.WrongSetting("DEFAULT_FROM_EMAIL must be the sender of account mail, when DEMO=0.")

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pl", "Polski")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["helpdesk.lib.bounded_json.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tickets.api.problems.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Dyżur API",
    "DESCRIPTION": "The desk for programs: the same lists and the same changes as on the pages, by the same rights. "
    "Sign in as on the pages (session cookie) and send the X-CSRFToken header with every POST. Bodies are JSON, times "
    "are UTC, errors are application/problem+json. What you may not see does not exist: 404.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "EditKind": "sla.models.Edit.Kind",
        "EditState": "sla.models.Edit.State",
        "Channel": "tickets.models.Channel",
        "DeliveryState": "tickets.models.Outbox.State",
        "DueState": "tickets.models.DueState",
        "Language": "tickets.models.Language",
        "MessageKind": "tickets.models.Message.Kind",
        "MessageState": "tickets.models.Message.State",
        "Metric": "tickets.models.Metric",
        "NextStatus": "tickets.api.inputs.AFTER_REPLY",
        "Priority": "tickets.api.fields.PRIORITY_NAMES",
        "RemovedAs": "tickets.models.ticket.RemovedAs",
        "Role": "tickets.models.Role",
        "SettableStatus": "tickets.api.inputs.SETTABLE",
        "Status": "tickets.models.Status",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secrets": {"()": "helpdesk.lib.secretless_logs.WithoutSecretAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    # Beat's tasks run every few seconds: only what goes wrong with them is worth a line
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("django.server", "celery.beat", "celery.worker.strategy", "celery.app.trace")
    }
    # Each wrong password would be a line: the page Sign-in tells of those that matter
    | {"axes": {"level": "ERROR"}},
}
