"""The web server and the worker that `run.py` starts, and what it says of them. Standard library only, as `run.py`."""

import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.parse

from backend.postgres import CHECKOUT, Cluster, data_dir

WORKERS, THREADS = "2", "4"  # of the web server. Each thread keeps one database connection


def require_free_port(host: str, port: int) -> None:
    """End with a word of help if nothing can listen there. Asked first: what comes after takes long."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port just left is free
        try:
            probe.bind(address)
        except OSError as error:
            sys.exit(f"Cannot listen on {host}:{port} ({error.strerror}). Try: python3 run.py --port {port + 1}")


def web_server(host: str, port: int) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": WORKERS,
        "--blocking-threads": THREADS,
        "--workers-kill-timeout": "5",  # seconds; an endless download must not hold up Ctrl-C
        "--log-level": "warning",
    }
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "granian", *words, "--no-ws", "--respawn-failed-workers", "backend.wsgi:application"]


def answers(server: subprocess.Popen[bytes], host: str, port: int) -> bool:
    """Wait for the first answer, and say whether it came before the server's end."""
    while server.poll() is None:
        connection = http.client.HTTPConnection(reachable_host(host), port, timeout=5)  # goes through no proxy
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return True
        finally:
            connection.close()
    return False


def reachable_host(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def written_host(host: str) -> str:
    host = reachable_host(host)
    return f"[{host}]" if ":" in host else host


def banner(address: str, demo: dict[str, str]) -> str:
    return f"""
onrecord is running.

  Start here   {address}/
  API docs     {address}/api/v1/docs/
  Admin        {address}/admin/    {login_in_words(demo)}
  Health       {address}/healthz
{demo_in_words(address, demo)}
  Database     {database_in_words()}
  Ctrl-C stops the web server.
"""


def login_in_words(demo: dict[str, str]) -> str:
    if not demo:
        return "first account: python3 run.py manage createsuperuser"
    return f"login: {demo['username']}   password: {demo['password']}"


def demo_in_words(address: str, demo: dict[str, str]) -> str:
    if not demo:
        return "  Tokens       python3 run.py manage create_token NAME\n"
    articles = f"{address}/api/v1/articles/?project={demo['project']}"
    return f"  Demo token   {demo['token']}\n\n  curl -H 'Authorization: Bearer {demo['token']}' '{articles}'\n"


def database_in_words() -> str:
    url = os.environ.get("DATABASE_URL")
    if url:
        parts = urllib.parse.urlsplit(url)
        return f"{parts.path.lstrip('/')} on {parts.hostname or 'localhost'}, from DATABASE_URL"
    files = Cluster.of(data_dir()).files
    return f"embedded PostgreSQL in {files}; it runs on until: python3 run.py db stop"


class Workers:
    """The one worker beside the web server, which runs imports; begun again where it ends by itself."""

    def __init__(self) -> None:
        self.worker: subprocess.Popen[bytes] | None = None
        self.since = 0.0

    def keep(self) -> None:
        ended = self.worker is None or self.worker.poll() is not None
        if ended and time.monotonic() - self.since > 5:  # seconds; one that cannot start must not start all the time
            line = [sys.executable, "manage.py", "worker"]
            self.worker, self.since = subprocess.Popen(line, cwd=CHECKOUT, process_group=0), time.monotonic()

    def end(self) -> None:
        if self.worker and self.worker.poll() is None:
            self.worker.terminate()
            try:
                self.worker.wait(10)
            except subprocess.TimeoutExpired:  # a batch that takes longer is lost, and stored at the next start
                self.worker.kill()
