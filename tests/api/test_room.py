"""There is room for so much, and what was used longest ago makes way."""

from api.room import Room


def test_what_was_used_longest_ago_makes_way() -> None:
    room = Room[str](10)
    room.put("a", "first", 4)
    room.put("b", "second", 4)
    assert room.get("a") == "first"

    room.put("c", "third", 4)

    assert [room.get(each) for each in "abc"] == ["first", None, "third"]
    assert (len(room), room.filled) == (2, 8)


def test_a_value_takes_the_place_of_the_one_before_it() -> None:
    room = Room[str](10)
    room.put("a", "first", 8)

    room.put("a", "second", 6)

    assert (room.get("a"), room.filled) == ("second", 6)


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    room = Room[str](10)
    room.put("a", "first", 8)

    assert room.put("a", "second", 11) == "second"

    assert (room.get("a"), len(room), room.filled) == (None, 0, 0)
