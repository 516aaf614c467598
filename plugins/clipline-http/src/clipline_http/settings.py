"""The settings section `http`.

All are personal: who says where the token is sent to could otherwise have it sent elsewhere, so the file of a project
that somebody checked out may say none of them.
"""

from clipline.settings import Setting

__all__ = ["SETTINGS"]

SETTINGS = (
    Setting("http.service", "path", None, "The description of the service that does the work.", personal=True),
    Setting("http.token", "secret", None, "What the service knows you by, as its `auth` says.", personal=True),
    Setting("http.api_url", "address", "", "Where the service answers, in place of its `url`.", personal=True),
)
