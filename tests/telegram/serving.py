"""The HTTP server of a BotApi: requests in, answers out, faults on the way, webhooks."""

from __future__ import annotations

import asyncio
import email.message
import json
import re
import socket
import threading
import time
import traceback
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.telegram import console, limits, updates
from tests.telegram.chats import Update
from tests.telegram.faults import Drop, Failure
from tests.telegram.limits import Parameters, Refused, Upload

if TYPE_CHECKING:
    from tests.telegram.state import Call, State

_PATH: Final = re.compile(r"/bot([^/]+)/([A-Za-z]+)")
_FILE: Final = re.compile(r"/file/bot([^/]+)/(.+)")
_PERSON: Final = re.compile(r"/people/([^/]+)")
_POLL_SECONDS: Final = 50
_HANGING_UP: Final = 0.02
_POST_PAUSES: Final = (0.1, 0.2, 0.5, 1.0)


class Server:
    """One run of the HTTP server, on a thread of its own."""

    def __init__(self, api: State, host: str, port: int) -> None:
        """Listen at once: from then on connections wait, and are answered after ``start``."""
        self.api = api
        # asyncio sends without delay (TCP_NODELAY) only where the protocol is named.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self._socket.listen(2048)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            log_level="critical",
            access_log=False,
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="bot-api", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poster: asyncio.Task[None]
        self._aborted = threading.Event()
        self._gone = False

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        while not self._uvicorn.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.005)

    def stop(self) -> None:
        """Close every connection at once, also those that wait for an answer."""
        assert self._loop is not None, "the server was not started"
        self._loop.call_soon_threadsafe(self._abort)
        self._aborted.wait()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.api.bell.attach(self._loop)
        self._poster = asyncio.create_task(self._post())
        await self._uvicorn.serve(sockets=[self._socket])

    def _abort(self) -> None:
        """What uvicorn does when it is told to exit, without its pauses; the thread ends soon."""
        self._gone = True
        self.api.bell.attach(None)
        self._poster.cancel()
        for server in self._uvicorn.servers:
            server.close()
        for connection in list(self._uvicorn.server_state.connections):
            if (transport := connection.transport) is not None:
                transport.abort()
        self._uvicorn.should_exit = self._uvicorn.force_exit = True
        self._aborted.set()

    # Requests --------------------------------------------------------------------------------

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._response(request)
        except ClientDisconnect:
            return
        except Exception:
            self.api.violate("this server", {}, traceback.format_exc())
            raise
        if response is None or self._gone:
            await self._close(scope, receive)
            return
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response | None:
        """The answer; None if the connection is to be closed without one."""
        if download := _FILE.fullmatch(request.url.path):
            return self._download(*download.groups())
        if named := _PERSON.fullmatch(request.url.path):
            return await self._person(request, named[1])
        found = _PATH.fullmatch(request.url.path)
        if found is None:
            return _error(404, "Not Found")
        token, name = found.groups()
        if token != self.api.token:
            return _error(401, "Unauthorized")
        method = next((m for m in limits.PARAMETERS if m.lower() == name.lower()), None)
        said = await _parameters(request)
        if method is None:
            self.api.violate(name, said.said, "unknown method")
            return _error(404, "Not Found: method not found")
        call = self.api.called(method, said)
        return await self._do(call, said, request)

    async def _person(self, request: Request, name: str) -> Response:
        if request.method == "POST":
            told = json.loads(await request.body())
            return JSONResponse(await asyncio.to_thread(console.act, self.api, name, told))
        count = int(request.query_params.get("count", "0"))
        timeout = float(request.query_params.get("timeout", "10"))
        shown = await asyncio.to_thread(console.look, self.api, name, count, timeout)
        return JSONResponse(shown)

    async def _do(self, call: Call, said: Parameters, request: Request) -> Response | None:
        try:
            chat = int(said.text("chat_id") or 0)
        except ValueError:
            chat = 0
        if delay := self.api.faults.delay(call.method, chat):
            await asyncio.sleep(delay)
        if self._gone:
            return None
        fault = self.api.faults.take(call.method, chat)
        if isinstance(fault, Failure):
            return self._failed(call, fault)
        if isinstance(fault, Drop) and not fault.after_processing:
            await self._silence(request, fault.hang)
            return None
        response = await self._result(call, said, request)
        if isinstance(fault, Drop):
            await self._silence(request, fault.hang)
            return None
        return response

    async def _result(self, call: Call, said: Parameters, request: Request) -> Response | None:
        try:
            if call.method == "getUpdates":
                gone = asyncio.create_task(_hung_up(request.receive))
                try:
                    result: Any = await self._poll(said, gone)
                finally:
                    gone.cancel()
                if result is None:
                    return None
            else:
                with self.api.lock:
                    result = self.api.methods.do(call.method, said)
        except Refused as error:
            self.api.answered(call, said, error.status, error.description, error)
            return _error(error.status, error.description, error.parameters)
        self.api.answered(call, said, 200, result)
        return JSONResponse({"ok": True, "result": result})

    def _failed(self, call: Call, fault: Failure) -> Response:
        self.api.answered(call, Parameters({}), fault.status, fault.description)
        if fault.body is not None:
            return Response(fault.body, fault.status, media_type="text/html")
        parameters = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        return _error(fault.status, fault.description, parameters)

    async def _poll(self, said: Parameters, gone: asyncio.Task[None]) -> list[Update] | None:
        """The updates; None if the bot hung up meanwhile."""
        limit = said.number("limit", 100)
        if not 1 <= limit <= 100:
            limits.malformed("limit must be between 1 and 100")
        kinds = said.kinds()
        with self.api.lock:
            queue = self.api.updates
            if kinds is not None:
                queue.kinds = kinds
            queue.confirm(said.number("offset"))
            self.api.polls += 1
            mine = self.api.polls
        self.api.tell()
        self.api.bell.ring()
        until = time.monotonic() + min(said.number("timeout"), _POLL_SECONDS)
        while not gone.done():
            with self.api.lock:
                ended = self.api.polls != mine
                taken = [] if ended else queue.take(limit)
            left = until - time.monotonic()
            if ended:
                # Who hangs up and polls anew may be seen in either order.
                await asyncio.wait([gone], timeout=_HANGING_UP)
                if not gone.done():
                    raise Refused(409, f"Conflict: {_ended(queue.webhook is not None)}")
            elif taken or left <= 0:
                return taken
            else:
                await self.api.bell.wait(left, gone)
        return None

    def _download(self, token: str, path: str) -> Response:
        if token != self.api.token:
            return _error(401, "Unauthorized")
        kept = next((kept for kept in self.api.files.values() if kept.path == path), None)
        if kept is None:
            return _error(404, "Not Found")
        return Response(kept.data, media_type="application/octet-stream")

    # Connections -----------------------------------------------------------------------------

    async def _silence(self, request: Request, seconds: float) -> None:
        """Say nothing for that long, or until the other side has gone."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(_hung_up(request.receive), seconds)
        except TimeoutError:
            return

    async def _close(self, scope: Scope, receive: Receive) -> None:
        for connection in list(self._uvicorn.server_state.connections):
            transport = connection.transport
            if transport is not None and connection.client == scope["client"]:
                transport.abort()
        await _hung_up(receive)

    # Webhooks --------------------------------------------------------------------------------

    async def _post(self) -> None:
        failures = 0
        async with AsyncExitStack() as stack:
            client: httpx.AsyncClient | None = None
            while True:
                with self.api.lock:
                    due = self.api.updates.next_post()
                if due is None:
                    await self.api.bell.wait(1.0)
                    continue
                if client is None:
                    client = await stack.enter_async_context(updates.opened())
                error = await updates.post(client, *due)
                with self.api.lock:
                    self.api.updates.posted(*due, error)
                    self.api.posts.append((*due, error))
                self.api.tell()
                failures = failures + 1 if error else 0
                if error:
                    await asyncio.sleep(_POST_PAUSES[min(failures, len(_POST_PAUSES)) - 1])


def _ended(by_webhook: bool) -> str:
    if by_webhook:
        return "terminated by setWebhook request"
    return "terminated by other getUpdates request; make sure that only one bot instance is running"


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _error(status: int, description: str, parameters: dict[str, int] | None = None) -> JSONResponse:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status)


async def _parameters(request: Request) -> Parameters:
    """What a request says in its address, and as a form, as multipart or as JSON."""
    said: dict[str, Any] = dict(request.query_params)
    files: dict[str, Upload] = {}
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            told = {}
        said |= told if isinstance(told, dict) else {}
    elif kind.startswith("application/x-www-form-urlencoded"):
        said |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind.startswith("multipart/form-data"):
        _multipart(_header(kind).get_param("boundary", ""), body, said, files)
    return Parameters(said, files)


def _multipart(boundary: Any, body: bytes, said: dict[str, Any], files: dict[str, Upload]) -> None:
    for part in body.split(b"--" + str(boundary).encode())[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        data = data.removesuffix(b"\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        headers = {name.lower(): value for name, value in lines.items()}
        where = _header(headers.get("content-disposition", ""))
        name = str(where.get_param("name", ""))
        filename = where.get_param("filename")
        if filename is None:
            said[name] = data.decode()
        else:
            mime = headers.get("content-type", "application/octet-stream")
            files[name] = Upload(str(filename), mime, data)
            said.setdefault(name, f"attach://{name}")


def _header(value: str) -> email.message.Message:
    message = email.message.Message()
    message["Content-Type"] = value
    return message
