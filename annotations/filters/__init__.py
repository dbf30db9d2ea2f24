"""The query parameters of sets, span annotations, identities and documents."""
