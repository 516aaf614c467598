"""Files that runs make: how they are named, hashed and brought safely to disk.

A file is written beside its place under a temporary name, synced, and renamed; so it is there whole or not at all. The
functions here are the pieces; the engine puts them together and journals each step.
"""

from __future__ import annotations

from clipline.artifacts.content import (
    open_file,
    read_file,
    rename_to_free_name,
    sha256_of,
    size_of,
    sync,
    sync_file,
    sync_folder,
    write_whole,
)
from clipline.artifacts.disks import check_writable, discard, disk, disk_error, is_disk_trouble, make_folder
from clipline.artifacts.names import (
    LONGEST_NAME,
    NAME_FIELDS,
    check_replaceable,
    fill_template,
    keep_sources,
    name_facts,
    numbered,
    real_path,
    resolve_target,
    sidecar_of,
    temporary_beside,
)

__all__ = [
    "LONGEST_NAME",
    "NAME_FIELDS",
    "check_replaceable",
    "check_writable",
    "discard",
    "disk",
    "disk_error",
    "fill_template",
    "is_disk_trouble",
    "keep_sources",
    "make_folder",
    "name_facts",
    "numbered",
    "open_file",
    "read_file",
    "real_path",
    "rename_to_free_name",
    "resolve_target",
    "sha256_of",
    "sidecar_of",
    "size_of",
    "sync",
    "sync_file",
    "sync_folder",
    "temporary_beside",
    "write_whole",
]
