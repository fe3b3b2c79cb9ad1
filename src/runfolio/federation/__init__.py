"""Runs from elsewhere: other stores and published sites, read as what strangers wrote."""
