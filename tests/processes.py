"""The portal's commands as processes of their own, with these settings and none of this machine's."""

import os
import socket
import subprocess
import sys

from bhcp_portal import env


def environment(**settings):
    """These settings, and none of this machine's or of the tests'."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | settings


def run(*words, **settings):
    return subprocess.run(
        [sys.executable, *words],
        cwd=env.BASE_DIR,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
