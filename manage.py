#!/usr/bin/env python
"""Django's commands for Dyżur; `make run` is the way to start everything."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    from django.core.management import execute_from_command_line

    from helpdesk.lib import embedded
    from helpdesk.lib.env import WrongSetting

    embedded.join_running()
    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as error:
        sys.exit(f"dyzur: {error}")


if __name__ == "__main__":
    main()
