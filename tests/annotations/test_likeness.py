"""Names that may be the same speaker's, by table."""

import pytest

from annotations.likeness import ALIKE, beginnings, likeness


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Sergei Lavrov", "Sergey Lavrov", True),
        ("Sergei Lavrov", "SERGUEÏ  LAVROV", True),
        ("Lavrov", "Sergei Lavrov", True),
        ("Angela Merkel", "Merkel, Angela", True),
        ("Łukasz Müller", "Lukasz Muller", True),
        ("Сергей Лавров", "Сергей Лавров", True),
        ("Sergei Lavrov", "Angela Merkel", False),
        ("North Korea", "South Korea", True),  # likely, no more: a curator decides
        ("", "Anybody", False),
        ("…", "…", False),
    ],
)
def test_likeness(one: str, other: str, alike: bool) -> None:
    assert (likeness(one, other) >= ALIKE) is alike
    assert likeness(one, other) == pytest.approx(likeness(other, one), abs=0.1)


def test_beginnings() -> None:
    assert beginnings(["Sergei V. Lavrov", "Lavrow"]) == ["lavr", "serg"]
    assert beginnings(["' | & !", "de la"]) == []
