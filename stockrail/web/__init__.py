"""The web workbench: pages for people and the same as JSON for scripts, on the store and the runs of `stockrail.workbench`.

settings  how the service is set up
app       puts it together: what every request passes through, pages, API, errors
access    who the visitor is; what changes something needs a token of the page and what the visitor looked at
views     pure functions from the store to what a page shows; pages and API are made of the same ones
pages     HTML
api       JSON
"""
