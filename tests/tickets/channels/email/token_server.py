"""A real OAuth 2.0 server for tests: gives access tokens (RFC 6749) and tells the mail server about them (RFC 7662)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CLIENT = ("dyzur", "client-secret-xyzzy")


@dataclass
class TokenServer:
    """`user` is whom its tokens are for. `refresh_token`: the one that is good now; each use makes it another where
    `rotates`, and one that was used up is refused, as strict servers do."""

    port: int = 0
    user: str = ""
    refresh_token: str = "refresh-0"
    rotates: bool = False
    life: Any = 3600
    error: tuple[int, Any] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def introspection_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/introspect"

    def give(self, form: dict[str, str]) -> tuple[int, Any]:
        with self._lock:
            self.asked.append(form)
            if self.error:
                return self.error
            if (form.get("client_id"), form.get("client_secret")) != CLIENT:
                return 401, {"error": "invalid_client"}
            if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh_token:
                return 400, {"error": "invalid_grant", "error_description": f"used up: {form['refresh_token']}"}
            token = f"access-{len(self.asked)}-{self.port}"
            self.good.add(token)
            answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.life}
            if self.rotates:
                self.refresh_token = f"refresh-{len(self.asked)}"
                answer["refresh_token"] = self.refresh_token
            return 200, answer

    def tell(self, form: dict[str, str]) -> tuple[int, Any]:
        is_good = form.get("token") in self.good
        return 200, {"active": is_good, "username": self.user} if is_good else {"active": False}


@contextmanager
def running() -> Iterator[TokenServer]:
    state = TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, answer = state.give(form) if self.path == "/token" else state.tell(form)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", state.introspection_url)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
