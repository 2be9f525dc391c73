#!/usr/bin/env python3
import sys
from config.local import cli
if len(sys.argv) > 1 and sys.argv[1] in cli.COMMANDS:
    sys.exit(cli.run(sys.argv[1], sys.argv[2:]))
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
