"""Who may open a session now."""

from connector.door import Door, Entry, Room, room


def a_door(sockets=10, handshakes=3):
    return Door(Room(sockets, handshakes))


def test_there_are_only_so_many_handshakes_at_a_time():
    door = a_door(handshakes=2)

    answers = [door.ask(name, eager=False) for name in "abc"]

    assert answers == [Entry.ADMITTED, Entry.ADMITTED, Entry.WAITING]


def test_who_waits_comes_in_when_a_handshake_is_over():
    door = a_door(handshakes=1)
    for name in "abc":
        door.ask(name, eager=False)

    door.settled("a")

    assert door.admit() == ["b"]


def test_people_come_in_as_they_came():
    door = a_door(handshakes=1)
    for name in "abc":
        door.ask(name, eager=False)
    admitted = []

    for name in "ab":
        door.settled(name)
        admitted += door.admit()

    assert admitted == ["b", "c"]


def test_nobody_waits_for_an_eager_opening():
    door = a_door(handshakes=1)
    door.ask("a", eager=False)

    assert door.ask("b", eager=True) is Entry.REFUSED
    assert door.waiting == 0


def test_people_who_wait_go_before_eager_openings():
    door = a_door(handshakes=1)
    door.ask("a", eager=False)
    door.ask("b", eager=False)
    door.settled("a")

    assert door.ask("c", eager=True) is Entry.REFUSED


def test_idle_sockets_make_room_for_those_who_wait():
    door = a_door(sockets=2)
    for name in "abcd":
        door.ask(name, eager=False)

    assert door.short_by == 1

    door.left("a")
    assert door.admit() == ["c"]


def test_who_leaves_while_waiting_is_not_let_in():
    door = a_door(handshakes=1)
    door.ask("a", eager=False)
    door.ask("b", eager=False)

    door.left("b")
    door.left("a")

    assert door.admit() == []
    assert (door.inside, door.waiting) == (0, 0)


def test_the_accounts_sessions_are_shared_by_shards():
    half = room(max_connections=1000, account_limit=100, handshakes=3, owned=2, shards=4)
    none = room(max_connections=1000, account_limit=100, handshakes=3, owned=0, shards=4)

    assert (half.sockets, none.sockets) == (50, 1)


def test_a_process_holds_no_more_than_it_may():
    assert (
        room(max_connections=20, account_limit=100, handshakes=3, owned=4, shards=4).sockets == 20
    )


class Steady:
    """A pace of one handshake a second."""

    def __init__(self):
        self.next_at = 0.0
        self.is_held = False

    def take(self, now):
        self.next_at = now + 1

    def ready(self, now):
        return now >= self.next_at

    def ready_at(self, _now):
        return self.next_at

    def held(self, _now):
        return self.is_held


def test_handshakes_begin_at_the_pace_and_the_door_says_when():
    door = Door(Room(10, 5), Steady())

    answers = [door.ask(name, eager=False, now=0.0) for name in "abc"]

    assert answers == [Entry.ADMITTED, Entry.WAITING, Entry.WAITING]
    assert door.next_at(0.0) == 1.0
    assert door.admit(0.9) == []
    assert door.admit(1.0) == ["b"]
    assert door.next_at(1.0) == 2.0


def test_where_there_is_no_room_time_alone_lets_nobody_in():
    door = Door(Room(1, 5), Steady())
    door.ask("a", eager=False, now=0.0)
    door.ask("b", eager=False, now=5.0)

    assert door.next_at(5.0) is None


def test_where_nobody_waits_there_is_nothing_to_wait_for():
    assert Door(Room(1, 5), Steady()).next_at(0.0) is None


def test_the_last_tenth_of_the_sessions_is_for_people_who_write():
    door = a_door(sockets=10, handshakes=20)
    for name in "abcdefghi":
        door.ask(name, eager=True)

    assert door.short(0.0)
    assert door.ask("j", eager=True) is Entry.REFUSED
    assert door.ask("k", eager=False) is Entry.ADMITTED


def test_while_the_account_has_no_room_nothing_is_opened_ahead():
    pace = Steady()
    door = Door(Room(10, 5), pace)
    pace.is_held = True

    assert door.ask("a", eager=True, now=0.0) is Entry.REFUSED


def test_a_handshake_is_under_way_until_it_is_settled():
    door = a_door()
    door.ask("a", eager=False)

    assert (door.is_coming("a"), door.coming) == (True, 1)
    door.settled("a")

    assert (door.is_coming("a"), door.coming) == (False, 0)
