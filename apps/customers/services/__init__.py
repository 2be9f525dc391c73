"""Everything that can happen to a customer's account."""

from apps.customers.services._disable_customer import disable_customer
from apps.customers.services._log_in import log_in
from apps.customers.services._log_out import log_out
from apps.customers.services._sign_up import sign_up
from apps.customers.services._update_customer import update_customer

__all__ = ["disable_customer", "log_in", "log_out", "sign_up", "update_customer"]
