"""The OpenAPI 3.1 document, generated from views and serializers by drf-spectacular; committed as backend/openapi.yaml.

`operations` names every operation, `schema` describes one, `components` is what they share, `examples.yaml` holds
requests that work against the seed, `answers.yaml` what is answered. `python3 run.py openapi` writes the file anew.
"""

from backend.openapi.components import finish
from backend.openapi.operations import place
from backend.openapi.schema import Operation

__all__ = ["Operation", "finish", "place"]
