"""SCIM 2.0: a directory speaks it, and this core answers (RFC 7643, RFC 7644)."""
