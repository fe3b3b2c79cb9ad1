"""The store: the only room that touches run folders."""
