"""An HTTP server and one static page."""
