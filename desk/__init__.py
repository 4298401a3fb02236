"""The desk: web pages and the JSON API, for residents and for those who send their requests."""
