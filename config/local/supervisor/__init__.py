"""`manage.py up`: starts everything in order, shows one log, restarts what dies, stops it all."""
