"""The least that HTTP costs with the same framework and server: routes that return bytes, and one that takes some.

    python -m tests.benchmarks.bare PORT FOLDER

The folder holds `one` and `all`, the bytes of an answer and of a roster.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response


def main(port: int, folder: Path) -> None:
    """Serves until it is stopped."""
    uvicorn.run(
        application(folder),
        port=port,
        log_level="error",
        access_log=False,
        server_header=False,
    )


def application(folder: Path) -> FastAPI:
    """The routes."""
    app = FastAPI()
    one, everybody = (folder / "one").read_bytes(), (folder / "all").read_bytes()

    @app.get("/v1/treaties/{treaty}/parties/{party}")
    async def answer(treaty: str, party: str) -> Response:  # noqa: ARG001 (as a route has them)
        return Response(one, media_type="application/json")

    @app.get("/v1/treaties/{treaty}/parties")
    async def roster(treaty: str) -> Response:  # noqa: ARG001 (the same)
        return Response(everybody, media_type="application/json")

    @app.post("/v1/treaties/{treaty}/acts", status_code=201)
    async def take(treaty: str, request: Request) -> Response:  # noqa: ARG001 (the same)
        return Response(await request.body(), 201, media_type="application/json")

    return app


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
