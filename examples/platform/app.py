"""Start the example: a Muster with a sample company, and the platform that asks it.

python examples/platform/app.py
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
from pathlib import Path

import sign_in
from muster_service import HERE, running
from records import Campaign, open_records
from sqlalchemy import select
from sqlalchemy.orm import Session
from views import create_app, item_of, signed_in
from werkzeug.serving import make_server

from muster import Muster
from muster.inventory import Inventory


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description="Run the example platform and a Muster for it.")
    options.add_argument("--port", type=int, default=8080, help="the platform's port")
    options.add_argument("--muster-port", type=int, default=8079)
    options.add_argument("--folder", type=Path, default=HERE.parents[1] / "var" / "example", help="where data is kept")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    here = f"http://127.0.0.1:{chosen.port}"
    with running(chosen.folder.resolve(), chosen.muster_port, here) as service:
        engine = open_records(f"sqlite:///{chosen.folder.resolve() / 'platform.db'}")
        client = Muster(service.url, service.key, subject=signed_in)
        inventory = Inventory(service.url, service.key)
        with Session(engine) as records:
            inventory.register(item_of(campaign) for campaign in records.scalars(select(Campaign)))
        platform = create_app(client, inventory, engine, secrets.token_hex())
        sign_in.install(platform, service)
        server = make_server("127.0.0.1", chosen.port, platform, threaded=True)
        print(f"The platform is at {here}, its Muster at {service.url}.", flush=True)
        print(f"To sign in with Muster as Olivia Owner, choose a password: {service.welcome}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            server.server_close()


if __name__ == "__main__":
    main()
