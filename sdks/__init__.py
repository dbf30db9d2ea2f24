"""What makes the Python and the TypeScript package from backend/openapi.yaml: `python3 run.py sdk`.

`reading` fits the document to the generators, `python_package` and `typescript_package` run them. What they write
(`generated/`, `dist/`) is not committed: docs/decisions/0044-generated-code.md.
"""
