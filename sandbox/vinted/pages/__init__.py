"""The site's pages for people: they carry the CSRF token that its calls need."""
