"""An order service with FastAPI: it takes orders over HTTP and says to RocketMQ that they were placed.

uvicorn --factory shop.service:create_app
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pyrocketmq.broker import BrokerError
from shop.publisher import OrderPublisher
from shop.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

log = logging.getLogger(__name__)


class Order(BaseModel):
    """An order as a customer places it.

    The customer's side chooses the number, so that placing it twice is seen to be the same order.
    """

    order_id: str = Field(min_length=1, max_length=64)
    cents: int = Field(gt=0)


class Placed(BaseModel):
    """What the service answers."""

    order_id: str
    message_id: str


def _publisher(request: Request) -> OrderPublisher:
    publisher: OrderPublisher = request.app.state.publisher
    return publisher


Publisher = Annotated[OrderPublisher, Depends(_publisher)]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; its connections live as long as it is served."""
    chosen = settings or Settings.from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with OrderPublisher.connected(chosen) as publisher:
            app.state.publisher = publisher
            yield

    app = FastAPI(title="orders", lifespan=lifespan)
    app.add_exception_handler(BrokerError, _not_stored)
    app.post("/orders", status_code=201)(place)
    app.get("/health")(health)
    return app


async def place(order: Order, publisher: Publisher) -> Placed:
    """Take an order: it is placed when a broker has stored the event."""
    sent = await publisher.publish(order.order_id, "placed", order.model_dump_json().encode())
    return Placed(order_id=order.order_id, message_id=sent.msg_id)


async def health(publisher: Publisher) -> dict[str, str]:
    """Say whether orders can be taken."""
    await publisher.check()
    return {"status": "ok"}


async def _not_stored(request: Request, error: Exception) -> JSONResponse:
    """Tell the caller what is known: try again later, ask somebody, or look whether it arrived before trying again."""
    assert isinstance(error, BrokerError)
    log.error("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse(
        {"detail": "the order was not confirmed", "may_have_arrived": error.may_have_arrived},
        status_code=503 if error.retriable else 502,
        headers={"Retry-After": "1"} if error.retriable else None,
    )
