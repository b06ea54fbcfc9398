"""Django's settings: what `bhcp_portal.env` read from the environment, and what never changes."""

import pghistory

from bhcp_portal import env

BASE_DIR = env.BASE_DIR

# --- From the environment -------------------------------------------------------------------------

_site = env.site_url()
_https = _site.scheme == "https"

SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.secret_key_fallbacks()
DEBUG = env.debug(_site)
SITE_URL = _site.geturl()
ALLOWED_HOSTS = env.allowed_hosts(_site)
# The web servers in front append the visitor's address to X-Forwarded-For (docs/operating.md).
PROXIES = env.proxies(_site)
RATE_LIMIT = env.rate_limit()
DATABASES = {"default": env.database()}
DATABASE_WEB_ROLE = env.web_role()
CONTACT_EMAIL = env.email_address("CONTACT_EMAIL")
SECURITY_CONTACT = env.security_contact()
globals().update(env.email(_site))
DEFAULT_FROM_EMAIL = CONTACT_EMAIL or f"noreply@{_site.hostname}"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Parts ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "bhcp_portal",
    "bhcp_portal.kit",
    "partners",
    "iccs",
    "metrics",
    "programmes",
    "engagement",
    "newsroom",
    "pgtrigger",
    "pghistory",
    "crispy_forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
    "bhcp_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "bhcp_portal.kit.http.NothingKeptMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "bhcp_portal.kit.http.ETagMiddleware",
    "bhcp_portal.kit.http.AllowedCharactersMiddleware",
    "bhcp_portal.kit.csp.ContentSecurityPolicyMiddleware",
    "bhcp_portal.kit.api.ApiMiddleware",
    "bhcp_portal.kit.bounds.BoundsMiddleware",
    "bhcp_portal.kit.as_at.MomentMiddleware",
    "bhcp_portal.kit.leading_on.LeadingOnMiddleware",
    "bhcp_portal.kit.http.RefusedMethodMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bhcp_portal.kit.access.SessionLimitMiddleware",
    "bhcp_portal.kit.access.SignInWallMiddleware",
    "bhcp_portal.kit.access.SecondFactorMiddleware",
    "bhcp_portal.kit.audit.AuditMiddleware",
    "partners.refusals.RefusalsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "bhcp_portal.urls"
WSGI_APPLICATION = "bhcp_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "bhcp_portal.kit.as_at.moment",
                "partners.context.portal",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "nhsuk"
CRISPY_TEMPLATE_PACK = "nhsuk"

# Person and reason are kept in the row of history itself, where the database guards them too.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# All processes share it: it holds used sign-in codes and the counts of wrong ones.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # A full cache drops entries at random, and with them the counts of who has to wait.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

# --- Words, days, numbers -------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# --- Static files ---------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
# `build_assets` makes the second folder from the design system.
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "static_built"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Sign-in --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/staff/sign-in/"
LOGIN_REDIRECT_URL = "/staff/"
LOGOUT_REDIRECT_URL = "/staff/sign-in/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "partners.passwords.HardToGuessValidator"},
]

ACCOUNT_ADAPTER = "partners.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "partners.forms.SignInForm",
    "reauthenticate": "partners.forms.PasswordAgainForm",
    "change_password": "partners.forms.ChangePasswordForm",
    "reset_password": "partners.forms.PasswordLinkForm",
    "reset_password_from_key": "partners.forms.NewPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# People join by a link sent to their address, and so have shown that the address is theirs.
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# allauth's own generator keeps a second record of the address, which nothing here updates.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
# A new password signs the person in, but they still have to give the second factor.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# kit.throttling counts wrong passwords; these limits are for wrong codes.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_ADAPTER = "partners.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "partners.forms.CodeForm",
    "reauthenticate": "partners.forms.CodeAgainForm",
    "activate_totp": "partners.forms.AppForm",
    "deactivate_totp": "partners.forms.RemoveAppForm",
    "add_webauthn": "partners.forms.KeyForm",
    "edit_webauthn": "partners.forms.KeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# The previous and the next code are accepted too, as people and clocks may be slow.
MFA_TOTP_TOLERANCE = 1
# Passkeys need a secure page; browsers treat pages of this machine as secure.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https and env.is_local(_site)

# Twelve hours from sign-in; kit.access ends a session that was idle for eight.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_SECONDS = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Headers of every answer ----------------------------------------------------------------------

SECURE_SSL_REDIRECT = _https
# A load balancer asks for these over plain http, from inside the network.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
# The web server in front handles https, and sets or removes this header itself (docs/operating.md).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
# W021 asks to join the HSTS list built into browsers. That list takes whole domains, and the
# portal can't decide for the domain it is under.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# Nothing here uses what a browser can do beyond showing pages; passkeys are for our own pages alone.
PERMISSIONS_POLICY = {
    "accelerometer": [],
    "autoplay": [],
    "camera": [],
    "display-capture": [],
    "encrypted-media": [],
    "fullscreen": [],
    "geolocation": [],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "picture-in-picture": [],
    "screen-wake-lock": [],
    "usb": [],
    "xr-spatial-tracking": [],
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}

# --- Bounds ---------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Logging --------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bhcp_portal.kit.logs.LinklessFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would send emails, and write nothing unless DEBUG is set.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # A visitor's wrong address or host name is not an error of the portal.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL"},
    },
}
