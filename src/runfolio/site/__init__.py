"""The site: gather all pages, then write."""
