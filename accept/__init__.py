"""The acceptance suite: what the house promises, shown on real servers, a real database and real faults.

One file a gate. A gate is a module with a docstring whose first line says what it shows, its sizes, and `run`.
The suite stands outside the house: it imports the tests' builders and talks HTTP; nothing imports it.
"""

# In the order in which they run: the quick and the telling ones first, the long ones last.
GATES = (
    "editors",
    "keys",
    "matrix",
    "blind",
    "tokens",
    "badinput",
    "feed",
    "starve",
    "kill",
    "backup",
    "stateful",
    "xss",
    "soak",
    "fuzz",
)
