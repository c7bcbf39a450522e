#!/usr/bin/env python
"""Django's commands for Dyżur; `make run` is the way to start everything."""

import os
import sys


def main() -> None:
    from helpdesk.lib.env import WrongSetting

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    try:
        if sys.argv[1:] == ["up"]:  # starts the database that Django's settings ask for, so Django comes later
            from helpdesk import supervisor

            sys.exit(supervisor.run())

        from django.core.management import execute_from_command_line

        from helpdesk.lib import embedded

        embedded.join_running()
        execute_from_command_line(sys.argv)
    except WrongSetting as error:
        sys.exit(f"dyzur: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
