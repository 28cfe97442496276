"""Single requests to servers of this machine: past the proxies of the environment, and without certificates.

To load those, as httpx does for every client that it makes, takes longer than most of what is asked here.
"""

from __future__ import annotations

from functools import partial

import httpx

request = partial(httpx.request, trust_env=False, verify=False)
get = partial(httpx.get, trust_env=False, verify=False)
post = partial(httpx.post, trust_env=False, verify=False)
stream = partial(httpx.stream, trust_env=False, verify=False)
