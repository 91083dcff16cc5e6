"""Single sign-on: the core in which a trusted identity provider signs people in.

SAML 2.0 and OpenID Connect both end in one ``Assertion`` (``model``), or in a refusal with its reason (``errors``).
"""
