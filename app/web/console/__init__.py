"""The console: where owners and administrators look, understand and decide.

Its pages have no rules of their own. They call the services that the API calls, in the name of who is signed in, and
show what those answer or why they refuse.
"""
