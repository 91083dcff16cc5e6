"""Muster for Python platforms: what a platform imports to ask for decisions and to apply what comes with them.

    from muster import Muster

    client = Muster("https://muster.example", "mapi_…")
    client.require("ana@acme.example", "campaigns.email.launch", ("campaign", "spring"))

``muster.flask``, ``muster.fastapi`` and ``muster.django`` guard views; ``muster.filters`` applies data filters.
"""

from muster.client import Muster
from muster.decisions import Decision, Denied, Obligation
from muster.errors import Misused, MusterError, Unavailable
from muster.questions import Action, Entity, Question, Semantic

__all__ = ["Action", "Decision", "Denied", "Entity", "Misused", "Muster", "MusterError", "Obligation", "Question"]
__all__ += ["Semantic", "Unavailable"]
