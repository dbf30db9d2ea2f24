"""The acceptance suite: what the house promises, shown on real servers, a real database and real faults.

One file a gate. A gate is a module with a docstring whose first line says what it shows, its sizes, and `run`.
The suite stands outside the house: it imports the tests' builders and talks HTTP; nothing imports it.
"""

# Gates of these lanes run beside each other, a lane a process with an installation of its own: they ask for one thing
# after the other, and would leave half of the machine idle. The longest come first.
BESIDE = (
    ("fuzz", "tokens", "blind"),
    ("matrix", "xss", "stateful", "badinput", "backup"),
)
# These measure time, or want every process for themselves: one after the other, when the lanes are through.
ALONE = ("editors", "keys", "feed", "starve", "kill", "soak")
GATES = (*ALONE, *(gate for lane in BESIDE for gate in lane))
