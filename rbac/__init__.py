"""Roles: who may do what, and why."""
