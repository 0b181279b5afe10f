"""How long a replica without a connection left rests: longer each time, and anew after it was in order."""

from dataclasses import dataclass, field

from models.replicas.rest import FIRST_S, LONGEST_S, Rest


@dataclass
class World:
    now: float = 0.0
    rest: Rest = field(init=False)

    def __post_init__(self) -> None:
        self.rest = Rest(lambda: self.now)

    def rested_for(self) -> float:
        """Begins a rest, and goes on to its end."""
        self.rest.begin()
        length = self.rest.left_s
        self.now += length
        return length


def test_without_a_failure_nothing_rests() -> None:
    world = World()
    assert (world.rest.is_on, world.rest.left_s) == (False, 0)


def test_a_rest_ends_and_failures_meanwhile_do_not_lengthen_it() -> None:
    world = World()
    for world.now in (0, 1, 4.5):
        world.rest.begin()
        assert world.rest.is_on
    assert world.rest.left_s == FIRST_S - 4.5
    world.now = FIRST_S
    assert not world.rest.is_on


def test_each_failure_right_after_a_rest_doubles_it_up_to_a_minute() -> None:
    world = World()
    assert [world.rested_for() for _ in range(6)] == [5, 10, 20, 40, LONGEST_S, LONGEST_S]


def test_after_it_was_in_order_for_as_long_as_it_had_rested_the_next_is_short_again() -> None:
    world = World()
    assert [world.rested_for() for _ in range(3)][-1] == 20
    world.now += 19.5
    assert world.rested_for() == 40
    world.now += 40
    assert world.rested_for() == FIRST_S
