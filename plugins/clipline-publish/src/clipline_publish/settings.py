"""The section `publish` of the settings: who publishes, and where credentials may go."""

from __future__ import annotations

from clipline.settings import Setting

__all__ = ["SETTINGS"]

SETTINGS = (
    Setting("publish.key", "secret", None, "S3: the access key's id.", personal=True),
    Setting("publish.secret", "secret", None, "S3: the access key's secret.", personal=True),
    Setting("publish.token", "secret", None, "S3: the session's token, for keys that last a while.", personal=True),
    Setting("publish.endpoint", "address", "", "S3: the server's address; empty = Amazon's.", personal=True),
    Setting("publish.region", "string", "", "S3: the bucket's region, where the server asks for one."),
    Setting("publish.host", "string", "", "The only server that publish.password is sent to.", personal=True),
    Setting("publish.user", "string", "", "SFTP, FTP: who logs in, where the address names nobody.", personal=True),
    Setting("publish.password", "secret", None, "SFTP, FTP: the password, or that of the key file.", personal=True),
    Setting("publish.private_key", "path", None, "SFTP: the private key's file; else ~/.ssh and agent.", personal=True),
    Setting("publish.known_hosts", "path", None, "SFTP: who servers are; else ~/.ssh/known_hosts.", personal=True),
)
