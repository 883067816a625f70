"""What a phone reports, kept in order; a test waits for the report it needs."""

from __future__ import annotations

import threading
import time
from typing import Any

Report = dict[str, Any]


class NotReported(AssertionError):
    """The awaited report did not come in time."""


class Inbox:
    """Reports with a name under "event". Filled by a reader thread, awaited by the test."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.reports: list[Report] = []
        self._changed = threading.Condition()

    def put(self, report: Report) -> None:
        with self._changed:
            self.reports.append(report)
            self._changed.notify_all()

    def mark(self) -> int:
        """A place in the order; pass it as `since` to look only at what comes after it."""
        with self._changed:
            return len(self.reports)

    def find(self, event: str, since: int = 0, **wanted: Any) -> Report | None:
        """The first report of that name whose values equal (or satisfy) the wanted ones."""
        for report in self.reports[since:]:
            if report["event"] == event and all(
                want(report.get(key)) if callable(want) else report.get(key) == want
                for key, want in wanted.items()
            ):
                return report
        return None

    def wait(self, event: str, timeout: float = 10, since: int = 0, **wanted: Any) -> Report:
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = self.find(event, since, **wanted)
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self.find("exit", since):
                    seen = self.reports[since:][-12:]
                    raise NotReported(
                        f"{self.owner}: no {event} {wanted} in {timeout} s; saw {seen}")
                self._changed.wait(left)
