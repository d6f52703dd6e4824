"""How a line of HTTP is listened to: no longer than a head of a request may be, and it can be cut."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 65_536
"""Bytes of a request before its body."""


class Listener(HttpToolsProtocol):
    """The server's own protocol, which would gather headers without end."""

    _in_head = False
    _arrived = 0

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._in_head, self._arrived = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what has come whole."""
        self._arrived += len(name) + len(value)
        if self._arrived > LONGEST_HEAD:
            raise ValueError("the head of the request is too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Count no more; whoever answers may cut the line to a client that takes nothing."""
        self._in_head = False
        self.scope.setdefault("extensions", {})["timeline.abort"] = {"now": self.transport.abort}
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Listen, and hang up on a head that has no end."""
        super().data_received(data)
        if self._in_head:
            self._arrived += len(data)
            if self._arrived > 2 * LONGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")
