"""From a built site to the places where others read it. Knows files and hosts, nothing of pages."""
