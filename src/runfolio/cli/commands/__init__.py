"""The commands: each is decorators and a few lines over a library call."""
