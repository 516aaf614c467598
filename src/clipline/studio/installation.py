"""What this machine edits with: the versions of FFmpeg's libraries, as PyAV brings them."""

from __future__ import annotations

__all__ = ["ffmpeg_libraries"]


def ffmpeg_libraries() -> dict[str, str]:
    """The version of each FFmpeg library, like `{"libavcodec": "62.11.100"}`.

    Raises:
        ImportError: PyAV is not installed, or its libraries cannot be loaded.
    """
    import av

    return {name: ".".join(map(str, version)) for name, version in sorted(av.library_versions.items())}
