"""Single sign-on: the core in which a trusted identity provider signs people in.

Reserved by the layout; its SAML 2.0 and OpenID Connect modules arrive together
with the connections that use them.
"""
