"""What Streamlit would ask or tell other machines, switched off however it was started."""

from __future__ import annotations

import os

from streamlit import config, net_util


def keep_to_this_machine() -> None:
    """No usage statistics, and no asking of a server outside for this machine's address.

    ``.streamlit/config.toml`` says the former, too; the user's own settings, the environment and
    the command line come after it. The latter is asked for the welcome on the terminal, which
    config.toml leaves out (it comes before this), and for visitors from another origin.
    """
    os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"  # when settings are read again
    config.set_option("browser.gatherUsageStats", False)
    net_util.get_external_ip = _no_address


def _no_address() -> str | None:
    return None


def address() -> str:
    """Where the dashboard is on this machine, for a line on the terminal."""
    host = config.get_option("server.address")
    if not host or host in ("0.0.0.0", "::"):
        host = "localhost"
    base = config.get_option("server.baseUrlPath").strip("/")
    protocol = "https" if config.get_option("server.sslCertFile") else "http"
    return f"{protocol}://{host}:{config.get_option('server.port')}/{base}"
