"""Tests of what pages and stylesheets refer to."""
