"""Polling: which feeds are asked, which of their entries are new, and what was fetched for them."""
