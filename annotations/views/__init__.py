"""The HTTP face of annotations: views choose queryset, serializer and filter, and call one action."""
