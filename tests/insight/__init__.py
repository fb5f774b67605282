"""Tests of explanations: why a page looked as it did."""
