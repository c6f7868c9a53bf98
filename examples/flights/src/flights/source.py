"""A step that stands for the airline's systems: it writes what they would send.

Outputs: `raw` (a file a month, as `flights.raw` writes them), `damaged` (the same, January to March after a
careless sort), `requests` (`<month>.requests.ndjson` and `<month>.labels.ndjson`) of the months in the
parameter `months`.
"""

from __future__ import annotations

import esteira

from flights.raw import write_raw
from flights.requests import month_of_requests, write_month

CALL_OF = 25
DAMAGED = frozenset({"2013-01", "2013-02", "2013-03"})


def main() -> None:
    step = esteira.current_step()
    raw, requests = step.output("raw").path, step.output("requests").path
    write_raw(raw)
    write_raw(step.output("damaged").path, DAMAGED)
    requests.mkdir(parents=True, exist_ok=True)
    for month in str(step.parameters["months"]).split(","):
        count, labelled = write_month(
            month_of_requests(raw, month),
            out=requests / f"{month}.requests.ndjson",
            labels=requests / f"{month}.labels.ndjson",
            batch=CALL_OF,
        )
        print(f"{month}: {count} calls, {labelled} outcomes")


if __name__ == "__main__":
    main()
