"""A small server that shows a browser pages which were read before, and the files that they fetch.

It makes no page a second time, and a browser may keep the files: a real server would be asked for both
at each visit.
"""

from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders


class Showing(ThreadingHTTPServer):
    """Answers at the path of its ``visit`` with that, and at those of static files with them."""

    daemon_threads = True
    visit = None

    @property
    def address(self):
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        visit, content = self.server.visit, _file(urlsplit(self.path).path)
        if visit and unquote(self.path) == unquote(visit.path):
            policy = {"Content-Security-Policy": visit.policy, "Cache-Control": "no-store"}
            self._answer(visit.status, visit.html.encode(), "text/html; charset=utf-8", policy)
        elif content is not None:
            kind = guess_type(self.path)[0] or "application/octet-stream"
            self._answer(200, content, kind, {"Cache-Control": "max-age=86400"})
        else:
            self.send_error(404)

    def _answer(self, status, content, kind, headers):
        self.send_response(status)
        for name, value in (
            {"Content-Type": kind, "Content-Length": len(content)} | headers
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        """Nothing is written of what was asked."""


@cache
def _file(path):
    if not path.startswith(settings.STATIC_URL):
        return None
    found = finders.find(path.removeprefix(settings.STATIC_URL))
    return Path(found).read_bytes() if found else None


@contextmanager
def showing():
    """A server that runs until the block ends."""
    with Showing(("localhost", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
