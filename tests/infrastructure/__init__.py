"""Tests of infrastructure."""
