"""A headless Chromium, driven by its own ChromeDriver in the words of W3C WebDriver: enough of them for our pages."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
# As root there is no sandbox; the rest keeps the browser from talking to anybody on its own.
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]
_PATIENCE = 20.0


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def _ask(self, method: str, path: str, body: t.Any = None) -> t.Any:
        return _ask(method, self._session + path, body)

    def open(self, page: Path, fragment: str = "") -> None:
        """A page from disk. The empty one between makes a page that differs by its fragment alone load anew."""
        self._ask("POST", "/url", {"url": "about:blank"})
        self._ask("POST", "/url", {"url": page.as_uri() + fragment})

    def run(self, script: str, *arguments: t.Any) -> t.Any:
        """What a script in the page returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str) -> t.Any:
        """The first true value of an expression."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            found = self.run(f"return {script}")
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"never true: {script}")

    def command(self, name: str, **params: t.Any) -> t.Any:
        """A command of the developer tools' protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": name, "params": params})

    def look(self, width: int, height: int, *, dark: bool = False, print_media: bool = False) -> None:
        """A screen of this size and colour; a phone where it is narrow."""
        phone = width < 600
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", media="print" if print_media else "", features=[scheme])

    def keys(self, *keys: str) -> None:
        """Keys pressed one after the other, as a person's keyboard does."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def logs(self) -> t.List[str]:
        """What the browser complained of since it was asked last: errors of scripts, what the policy refused."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, path: Path) -> None:
        """The visible part."""
        path.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))


def _ask(method: str, url: str, body: t.Any = None) -> t.Any:
    data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as exc:
        raise AssertionError(f"{method} {url}: {exc.read().decode(errors='replace')[:800]}") from exc


@contextlib.contextmanager
def browser(profile: Path) -> t.Iterator[Browser]:
    """A browser with a profile of its own; it ends with the block, and all that it started with it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        [str(DRIVER), f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "HOME": str(profile)},
    )
    top = f"http://127.0.0.1:{port}"
    session = ""
    try:
        _await(f"{top}/status")
        options = {"binary": CHROMIUM, "args": [*_FLAGS, f"--user-data-dir={profile / 'chromium'}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        found = _ask("POST", f"{top}/session", {"capabilities": {"alwaysMatch": wanted}})
        session = f"{top}/session/{found['sessionId']}"
        yield Browser(session)
    finally:
        with contextlib.suppress(AssertionError, OSError):
            if session:
                _ask("DELETE", session)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()


def _await(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if _ask("GET", url)["ready"]:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url}: no driver answers")
