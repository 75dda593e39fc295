"""Headless Chromium, spoken to through a pipe: opens pages and evaluates JavaScript in them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

SECONDS = 120  # then the browser is ended, and whoever waits for it gets an error


class Browser:
    """A browser with a profile of its own; ends with the block.

    ``--dump-dom`` would not do: it does not wait for a module that is still being compiled.
    """

    def __init__(self, profile: Path) -> None:
        theirs, self._to = os.pipe()
        self._from, answers = os.pipe()
        # Chromium reads file descriptor 3 and writes 4.
        script = f'exec chromium "$@" 3<&{theirs} 4>&{answers}'
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *options, f"--user-data-dir={profile}"],
            pass_fds=(theirs, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(answers)
        self._answers = os.fdopen(self._from, "rb")
        self._ids = itertools.count(1)
        self._end = threading.Timer(SECONDS, self._process.kill)
        self._end.start()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._end.cancel()
        self._process.terminate()
        self._process.wait(30)
        os.close(self._to)
        self._answers.close()

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The answer to one message of the DevTools protocol."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := json.loads(self._message())).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _message(self) -> bytes:
        letters = iter(lambda: self._answers.read(1), b"\0")
        message = b"".join(itertools.takewhile(bool, letters))
        if not message:
            raise RuntimeError("Chromium has ended")
        return message

    def open(self, url: str) -> Page:
        """A page of its own, which may still be loading."""
        target = self.send("Target.createTarget", url=url)["targetId"]
        return Page(self, self.send("Target.attachToTarget", targetId=target, flatten=True))


class Page:
    """A page of the browser."""

    def __init__(self, browser: Browser, attached: dict[str, Any]) -> None:
        self._browser, self._session = browser, attached["sessionId"]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression; a promise is waited for."""
        answer = self._browser.send(
            "Runtime.evaluate",
            self._session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")
