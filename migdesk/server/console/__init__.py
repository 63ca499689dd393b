"""The admin console: pages for a browser, without script, for administrators who signed in with two factors."""
