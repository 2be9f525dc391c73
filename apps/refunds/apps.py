from django.apps import AppConfig


class Config(AppConfig):
    name = "apps.refunds"
    label = "refunds"

    def ready(self) -> None:
        from apps.orders import objections
        from apps.orders.timeline import tells_of_orders

        from . import goods, handlers, selectors, timeline  # noqa: F401 - registers them

        objections.object_with(selectors.refuse_while_being_cancelled)
        objections.keep_back(goods.pieces_to_be_released)
        tells_of_orders(timeline.refunds_of_order)
