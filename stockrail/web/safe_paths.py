"""Paths that came with a request and lead back to a page of the service, never to another site."""

from urllib.parse import urlsplit


def local_path(text: str) -> str:
    r"""The path where it is one of the service, otherwise that of Home.

    Examples
    --------
    >>> local_path("/runs/3?x=1"), local_path("https://elsewhere.example/"), local_path("//elsewhere.example"), local_path("/\\elsewhere")
    ('/runs/3?x=1', '/', '/', '/')
    """
    has_odd_characters = any(character < " " or character == "\\" for character in text)
    if has_odd_characters or not text.startswith("/") or text.startswith("//"):
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc else text
