"""What goes wrong far away, as errors of clipline: a code, an exit status, a verdict and a hint.

Only codes and statuses of the other side are passed on, never its words: they may quote what they were sent. Libraries
are told apart by the names of their exceptions, so that none has to be installed to be asked about.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Mapping

from clipline.errors import (
    AccountError,
    CliplineError,
    InputError,
    MachineError,
    RetryVerdict,
    ServiceError,
    StageFailed,
)
from clipline_publish.addresses import Address

__all__ = ["as_error", "exists", "no_credentials"]

#: The settings that say who publishes, by protocol; any other finds credentials in its own ways.
_WHO: Mapping[str, tuple[str, ...]] = {
    "s3": ("key", "secret"),
    "sftp": ("user", "password", "host", "private_key"),
    "ftp": ("user", "password", "host"),
    "smb": ("user", "password", "host"),
}
_FOLDER_HINT = "make it, or write make_folders: true"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


# --- the errors ------------------------------------------------------------------------------------------------------


def exists(at: Address) -> InputError:
    """A file is there, and is not to be replaced."""
    hint = "collision: overwrite replaces it, skip-if-same leaves it where it holds the same bytes"
    return InputError(f"{at} exists already", code="exists", hint=hint)


def _who(at: Address) -> str:
    return f"{at.protocol}://{at.host}"


def _settings(at: Address) -> str:
    """The settings that count at this address, with their variables."""
    names = _WHO.get(at.protocol, ())
    told = [f"publish.{name} (CLIPLINE_PUBLISH_{name.upper()})" for name in names if not (at.user and name == "user")]
    return ", ".join(told) or f"the credentials of {at.protocol}://, where fsspec looks for them"


def _denied(at: Address, code: str = "") -> AccountError:
    said = f" ({code})" if code else ""
    hint = f"may this account write there? who it is: {_settings(at)}"
    return AccountError(f"{_who(at)} does not allow it{said}", code="publish_denied", hint=hint)


def _not_let_in(at: Address, code: str = "") -> AccountError:
    words = f"{_who(at)} does not take the credentials{f' ({code})' if code else ''}"
    return AccountError(words, code="publish_credentials", hint=f"check {_settings(at)}")


def no_credentials(at: Address) -> AccountError:
    """None were given, and the place lets nobody in without."""
    words = f"no credentials for {_who(at)} were given"
    return AccountError(words, code="publish_credentials", hint=f"set {_settings(at)}")


def _not_that_server(at: Address) -> StageFailed:
    hint = f"if it is right: ssh-keyscan -H {at.host} >> ~/.ssh/known_hosts, and compare what it says"
    return StageFailed(f"{at.host} is not known, or not the server that it was", code="publish_host_key", hint=hint)


def _unreachable(at: Address, retry: RetryVerdict = "safe") -> ServiceError:
    hint = "check the network and the address, then: clipline resume"
    words = f"{_who(at)} cannot be reached, or stopped answering"
    return ServiceError(words, code="publish_unreachable", hint=hint, retry=retry)


def _untrusted(at: Address) -> ServiceError:
    words = f"{_who(at)} shows no certificate that can be trusted"
    return ServiceError(words, code="publish_tls", retry="never")


def _busy(at: Address, code: str = "") -> ServiceError:
    return ServiceError(f"{_who(at)} could not do it now{f' ({code})' if code else ''}", code="publish_busy")


def _no_bucket(at: Address) -> StageFailed:
    hint = "make it, or correct its name; buckets are not made here"
    return StageFailed(f"the bucket {at.host} is not there", code="publish_place", hint=hint)


def _no_folder(at: Address) -> StageFailed:
    return StageFailed(f"the folder {at.folder} is not there", code="publish_place", hint=_FOLDER_HINT)


def _not_taken(at: Address) -> StageFailed:
    hint = f"is the folder there ({_FOLDER_HINT}), and who may write to it?"
    return StageFailed(f"{_who(at)} does not take {at.path}", code="publish_place", hint=hint)


def _refused(at: Address, code: str) -> StageFailed:
    return StageFailed(f"{_who(at)} refused {at.path} ({code})", code="publish_refused")


def _region(at: Address) -> StageFailed:
    return StageFailed(f"the bucket {at.host} is in another region", code="publish_region", hint="set publish.region")


def _bad_name(at: Address) -> InputError:
    return InputError(f"{_who(at)} is no bucket's name", code="publish_address", hint="3 to 63 of a-z, 0-9, - and .")


# --- what means what -------------------------------------------------------------------------------------------------

#: Names of exceptions, their bases' included; the first row that has one of them counts.
_BY_KIND: Mapping[frozenset[str], Callable[[Address], CliplineError]] = {
    frozenset({"BadHostKeyException", "UnknownHostKey"}): _not_that_server,
    frozenset({"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError"}): no_credentials,
    frozenset({"CredentialRetrievalError", "AuthenticationException", "PasswordRequiredException"}): _not_let_in,
    frozenset({"SSLError", "ClientSSLError"}): _untrusted,
    frozenset(
        {"HTTPClientError", "ClientConnectionError", "ResponseParserError", "FSTimeoutError", "SSHException"}
        | {"ConnectionError", "TimeoutError", "EOFError", "gaierror", "NoValidConnectionsError"}
    ): _unreachable,
    frozenset({"ParamValidationError"}): _bad_name,
    frozenset({"error_temp"}): _busy,
}
_BUSY_CODES = frozenset({"SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted"})
_UNKNOWN_CODES = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})
_GONE = frozenset({errno.EBADF, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
#: What paramiko says of a connection that was closed, without a number.
_CLOSED = frozenset({"Socket is closed", "Channel closed."})
#: And where there is neither a password nor a key to try.
_NO_WAY_IN = "No authentication methods available"


def as_error(error: Exception, at: Address) -> CliplineError:
    """The error that says what an exception of fsspec or of a library behind it means."""
    if isinstance(error, CliplineError):
        return error
    if isinstance(error, ExceptionGroup):
        return as_error(error.exceptions[0], at)
    reply = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    if isinstance(reply, dict):
        return _answered(reply, at)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if make := next((make for names, make in _BY_KIND.items() if names & kinds), None):
        return no_credentials(at) if str(error) == _NO_WAY_IN else make(at)
    if "error_perm" in kinds:  # of FTP: its first word is a status
        return _not_let_in(at) if str(error).startswith("530") else _not_taken(at)
    return _of_system(error, at) if isinstance(error, OSError) else _refused(at, type(error).__name__)


def _answered(reply: Mapping[str, Mapping[str, object]], at: Address) -> CliplineError:
    """What an S3 server answered: its code and its status."""
    said = str(reply.get("Error", {}).get("Code", ""))
    code = said if re.fullmatch(r"[A-Za-z0-9.]{1,60}", said) else "no code"
    status = int(str(reply.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)))
    answers: list[tuple[bool, Callable[[], CliplineError]]] = [
        (code == "NoSuchBucket" or (status == 404 and code in {"404", "NotFound"}), lambda: _no_bucket(at)),
        (code == "RequestTimeTooSkewed", lambda: MachineError("this machine's clock is wrong", code="publish_clock")),
        (code in _UNKNOWN_CODES or status == 401, lambda: _not_let_in(at, code)),
        (status == 403, lambda: _denied(at, code)),
        (status == 412 or code == "PreconditionFailed", lambda: exists(at)),
        (status in {301, 307} or code == "AuthorizationHeaderMalformed", lambda: _region(at)),
        (status >= 500 or status in {408, 429} or code in _BUSY_CODES, lambda: _busy(at, code)),
    ]
    return next((make() for holds, make in answers if holds), _refused(at, code))


def _of_system(error: OSError, at: Address) -> CliplineError:
    """What an `OSError` means: in a folder of this machine it is the machine's, else the account's or the place's."""
    if isinstance(error, FileExistsError):
        return exists(at)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return _no_folder(at)
    if at.protocol == "file" or error.errno in _FULL:
        reason = (error.strerror or type(error).__name__).lower()
        return MachineError(f"cannot write {at}: {reason}", code="disk_full" if error.errno in _FULL else "disk")
    if isinstance(error, PermissionError):
        return _denied(at)
    if error.errno in _GONE or str(error) in _CLOSED:
        return _unreachable(at)
    return _refused(at, errno.errorcode.get(error.errno or 0, "failure"))
