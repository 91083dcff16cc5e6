"""The application: composes the cores, keeps the data, joins provisioning to access.

``app.compose.create_app`` is the place to start reading.
"""
