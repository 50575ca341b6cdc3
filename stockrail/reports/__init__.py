"""Reports in HTML, made of one page, charts and words."""
