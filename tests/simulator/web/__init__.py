"""A small threaded HTTP/1.1 server: requests in, responses out, nothing about payments."""
