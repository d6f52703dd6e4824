"""The server: one process that listens, and lets those who follow go before it ends."""

import socket

import uvicorn
from fastapi import FastAPI

from api.lines import Listener
from api.streaming import Stream


class Server(uvicorn.Server):
    """A server that ends in order: whoever follows is let go first, and comes back to another process."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the streams end, then do what every server does."""
        self._stream.close()
        await super().shutdown(sockets)

    @property
    def _stream(self) -> Stream:
        app = self.config.app
        assert isinstance(app, FastAPI)  # made by `server_over`
        stream: Stream = app.state.stream
        return stream


def server_over(app: FastAPI, host: str, port: int) -> Server:
    """A server of the application at this address; port 0 is any that is free."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=20,
            http=Listener,
        )
    )
