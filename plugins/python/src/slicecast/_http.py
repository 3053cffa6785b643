"""/metrics and /healthz on loopback, as every Slicecast service has them."""
from __future__ import annotations

import http.server
import threading
from typing import Any, Callable

from .errors import AlreadyExists

_SLOWEST_CLIENT_S = 2.0


class Exposer:
    """`trouble` is empty when healthy. Port 0: the system chooses; -1: none."""

    def __init__(self, port: int, metrics: Callable[[], str], trouble: Callable[[], str]) -> None:
        self.address = ""
        self._server: http.server.ThreadingHTTPServer | None = None
        if port < 0:
            return

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = _SLOWEST_CLIENT_S

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics())
                elif self.path == "/healthz":
                    wrong = trouble()
                    self._answer(503 if wrong else 200, "text/plain", (wrong or "ok") + "\n")
                else:
                    self._answer(404, "text/plain", "there are /metrics and /healthz\n")

            def _answer(self, status: int, kind: str, body: str) -> None:
                content = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Scrapers would fill the log."""

        try:
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError:
            raise AlreadyExists(
                f"metrics port 127.0.0.1:{port} cannot be opened, it is probably in use; "
                "give another metrics_port, 0 for any free one or -1 for none"
            ) from None
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/metrics"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._thread.join(1.0)
            self._server.server_close()
