"""What the pages of the player and the HTTP API share: responses, tokens, the OpenAPI document."""
