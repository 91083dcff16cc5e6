"""Muster as the OpenID provider of the platform: people who are signed in here are handed over to its applications."""
