"""Signing in with an account of an OpenID Connect provider that the operator named."""
