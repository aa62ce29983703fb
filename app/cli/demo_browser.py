"""A Firefox profile with Tor Browser's preferences at its level "Safest", for a look through the demo's own SOCKS port.

The preferences are those that Tor Browser ships and that "Safest" adds, as far as stock Firefox knows them. It is not
Tor Browser and hides nobody; tests/browser uses the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

Preferences = Mapping[str, bool | int | str]

SAFEST: Preferences = {
    "javascript.enabled": False,
    "svg.disabled": True,
    "mathml.disabled": True,
    "gfx.font_rendering.opentype_svg.enabled": False,
    "media.webaudio.enabled": False,
    "media.peerconnection.enabled": False,
    "webgl.disabled": True,
    "privacy.resistFingerprinting": True,
    "privacy.firstparty.isolate": True,
    "browser.privatebrowsing.autostart": True,
    "browser.cache.disk.enable": False,
    "browser.formfill.enable": False,
    "signon.rememberSignons": False,
    "dom.security.https_only_mode": True,
    "dom.security.https_only_mode.upgrade_onion": False,
    "dom.securecontext.allowlist_onions": True,
    "network.http.referer.hideOnionSource": True,
    "network.dns.blockDotOnion": False,
    "network.dns.disabled": True,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.predictor.enabled": False,
    "network.http.speculative-parallel-limit": 0,
    "intl.accept_languages": "en-US, en",
    "privacy.spoof_english": 2,
}

# Whatever a stock Firefox fetches by itself, and that Tor Browser has taken out or sends through Tor.
QUIET: Preferences = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.region.update.enabled": False,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "geo.enabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
    "toolkit.telemetry.unified": False,
}


def proxy(socks: str) -> Preferences:
    """Everything through one SOCKS port, `HOST:PORT`, names too; nothing to reach directly."""
    host, _, port = socks.rpartition(":")
    return {
        "network.proxy.type": 1,
        "network.proxy.socks": host,
        "network.proxy.socks_port": int(port),
        "network.proxy.socks_version": 5,
        "network.proxy.socks_remote_dns": True,
        "network.proxy.socks5_remote_dns": True,
        "network.proxy.no_proxies_on": "",
        "network.proxy.failover_direct": False,
        "network.proxy.allow_bypass": False,
    }


def write_profile(folder: Path, chosen: Preferences) -> None:
    """Make a profile folder, or give an old one these preferences."""
    folder.mkdir(mode=0o700, exist_ok=True)
    lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in chosen.items()]
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
