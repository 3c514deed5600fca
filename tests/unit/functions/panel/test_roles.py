"""Who may do what."""

import pytest

from conversation.errors import Refused
from functions.panel.roles import RIGHTS, Right, Role, Visitor, role_of


def test_each_role_has_the_rights_of_the_one_before_it():
    viewer, operator, admin = (RIGHTS[role] for role in Role)

    assert viewer < operator < admin == frozenset(Right)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["viewer"], Role.VIEWER),
        (["admin", "viewer"], Role.ADMIN),
        (["operator", "staff"], Role.OPERATOR),
        (["Admin", "administrators"], None),
        ([], None),
    ],
)
def test_the_strongest_of_ones_groups_counts(groups, role):
    assert role_of(groups) is role


def test_who_may_not_is_refused():
    visitor = Visitor("ana", Role.VIEWER, "token")

    with pytest.raises(Refused, match="may not act"):
        visitor.require(Right.ACT)
