"""What is marked `once` is asked once while a page is read, and each time elsewhere."""

from dealrail.core.reading import once, reading

asked: list[tuple[int, int]] = []


@once
def added(one: int, other: int = 0) -> int:
    asked.append((one, other))
    return one + other


def test_asks_once_for_each_of_its_arguments_while_a_page_is_read() -> None:
    asked.clear()
    with reading():
        assert [added(1), added(1), added(2), added(1, other=3), added(1, other=3)] == [1, 1, 2, 4, 4]
    assert asked == [(1, 0), (2, 0), (1, 3)]


def test_forgets_with_the_page_and_keeps_nothing_elsewhere() -> None:
    asked.clear()
    with reading():
        added(1)
    with reading():
        added(1)
    added(1)
    added(1)
    assert asked == [(1, 0)] * 4


def test_one_page_within_another_leaves_it_what_it_has_kept() -> None:
    asked.clear()
    with reading():
        added(1)
        with reading():
            added(1)
        added(1)
    assert asked == [(1, 0)] * 2
