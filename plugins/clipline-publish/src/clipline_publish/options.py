"""What may be written under `publish`, as a post-export step and as a stage."""

from __future__ import annotations

from typing import Any

from clipline.artifacts import NAME_FIELDS
from clipline.values import JsonObject
from clipline_publish.addresses import PROTOCOLS

__all__ = ["KIND_OPTIONS", "OUTPUTS", "SECRET_OPTIONS", "STEP_OPTIONS"]

SECRET_OPTIONS = frozenset({"key", "secret", "token", "password"})


def _secret(text: str) -> JsonObject:
    return {"type": "string", "minLength": 1, "x-clipline-secret": True, "description": text}


#: What `parse_address` asks for, said before the run: a password here is refused before it gets into the journal.
_FORMS = {
    r"^(?![^/]*//[^/]*:[^/]*@)": "an address without a password; that belongs in the option or setting `password`",
    rf"^({PROTOCOLS})://": "an address to write to, like s3://bucket/folder/, sftp://user@host/folder/ or "
    "file:///folder/",
    # What has no protocol is told of above.
    r"^((file|local|memory):///|(?!(file|local|memory):)[^/]*://[^/]+/|(?![^/]*://))": "an address with bucket or "
    "server, and a path, like s3://bucket/folder/ or sftp://host/folder/; one of this machine has three slashes",
    r"^[^?#]*$": "an address without a query or a fragment",
    r"^(?!.*/\.\.?(/|$))": "an address without '.' and '..' for folders",
    rf"^([^{{}}]|\{{\{{|\}}\}}|\{{({'|'.join(NAME_FIELDS)})\}})*$": "an address with no fields but "
    + ", ".join(f"{{{field}}}" for field in NAME_FIELDS),
}

_PROPERTIES: dict[str, Any] = {
    "to": {
        "type": "string",
        "allOf": [{"pattern": form, "x-clipline-form": words} for form, words in _FORMS.items()],
        "description": "The address, like s3://bucket/folder/{name}. One that ends with / is a folder.",
    },
    "collision": {
        "enum": ["fail", "overwrite", "skip-if-same"],
        "default": "fail",
        "description": "What to do if a file is there: fail, replace it, or leave it if it holds the same bytes.",
    },
    "make_folders": {"type": "boolean", "default": False, "description": "Make folders that are missing."},
    "verify": {
        "enum": ["auto", "full"],
        "default": "auto",
        "description": "How what arrived is checked; `full` reads every file back.",
    },
    "checksums": {
        "enum": ["none", "sha256"],
        "default": "none",
        "description": "`sha256` publishes FILE.sha256 beside each file, as sha256sum writes it.",
    },
    "manifest": {
        "type": "string",
        "pattern": r"^[^/\\{}]+\.json$",
        "x-clipline-form": "the name of a file that ends in .json",
        "description": "The name of a JSON file beside the published ones that lists them.",
    },
    "public_url": {
        "type": "string",
        "pattern": r"^https?://[^{}@]+(\{(path|file)\}[^{}]*)+$",
        "x-clipline-form": "an http or https address with {path} or {file}",
        "description": "Where people find a file, like https://cdn.example.com/{path}; also {file}. For the outputs.",
    },
    "content_type": {"type": "string", "minLength": 1, "description": "S3: the media type; else by the ending."},
    "metadata": {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z0-9-]+$"},
        "additionalProperties": {"type": "string"},
        "description": "S3: facts that are kept with each file.",
    },
    "endpoint": {"type": "string", "pattern": r"^https?://[^/@\s]+", "description": "S3: the server's address."},
    "region": {"type": "string", "minLength": 1, "description": "S3: the bucket's region."},
    "user": {"type": "string", "minLength": 1, "description": "SFTP, FTP: who logs in."},
    "key": _secret("S3: the access key's id."),
    "secret": _secret("S3: the access key's secret."),
    "token": _secret("S3: the session's token."),
    "password": _secret("SFTP, FTP: the password."),
}

STEP_OPTIONS: JsonObject = {
    "type": "object",
    "properties": _PROPERTIES,
    "required": ["to"],
    "additionalProperties": False,
}

_PATH = {"type": "string", "format": "path"}

KIND_OPTIONS: JsonObject = {
    **STEP_OPTIONS,
    "properties": {
        "files": {
            "anyOf": [_PATH, {"type": "array", "items": _PATH, "minItems": 1}],
            "description": "What to publish; by default all files that the run made before.",
        },
        **_PROPERTIES,
    },
}

OUTPUTS: JsonObject = {
    "type": "object",
    "properties": {
        "urls": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Where the files are, in their order: `public_url` where it was given, else the address.",
        },
        "published": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Each file: name, url, bytes, sha256, how it was verified, whether it was there before.",
        },
        "manifests": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The addresses of the manifests.",
        },
    },
    "additionalProperties": False,
}
