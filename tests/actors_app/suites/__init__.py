"""Actors that the suites of the official client talk to: see tests/clients/suites."""

from tests.actors_app.suites import calls as calls
from tests.actors_app.suites import conns as conns
from tests.actors_app.suites import keeping as keeping
from tests.actors_app.suites import lives as lives
from tests.actors_app.suites import sockets as sockets
from tests.actors_app.suites import web as web
