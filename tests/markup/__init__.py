"""Tests of references in pages and stylesheets."""
