"""Plays the request sequences of identity providers against any SCIM server, and judges the answers.

The sequences are data under ``sequences/``; this package interprets them and speaks only HTTP, so it checks
Muster exactly as it checks anybody else's server.
"""
