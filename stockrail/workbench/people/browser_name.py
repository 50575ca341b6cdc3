"""What people call the browser that says it is all browsers."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first that fits: each also says that it is those after it."""

_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_MOST_CHARACTERS = 40


def browser_name(agent: str) -> str:
    """A short name out of what a browser says it is; what is no browser by its own name.

    Examples
    --------
    >>> browser_name("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0")
    'Edge on Windows'
    >>> browser_name("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Safari/604.1")
    'Safari on iPhone'
    >>> browser_name("python-httpx/0.27"), browser_name("")
    ('python-httpx/0.27', 'unknown')
    """
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None:
        return agent[:_MOST_CHARACTERS] or "unknown"
    return browser if system is None else f"{browser} on {system}"
