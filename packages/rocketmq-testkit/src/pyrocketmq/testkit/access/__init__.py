"""Access control: who may do what, in the two forms that brokers have had."""

from pyrocketmq.testkit.access.account import AccessControl, Account
from pyrocketmq.testkit.access.plain import InvalidAccountError, PlainAccess
from pyrocketmq.testkit.access.users import UserAccess

__all__ = ["AccessControl", "Account", "InvalidAccountError", "PlainAccess", "UserAccess"]
