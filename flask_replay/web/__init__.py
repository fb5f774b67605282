"""The common parts of the player's pages and the HTTP API: responses, tokens, the OpenAPI
document.
"""
