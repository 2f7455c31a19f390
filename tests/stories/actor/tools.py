"""Our tools as an agent calls them: MCP over HTTP at the loopback door, with the token of its launch.

While a file `deaf` stands in its folder it hears nothing, and while one `away` does, it does not come back.
"""

import json, os, time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

VERSION = "2025-11-25"


def hold(file):
    """Does nothing while this file stands in the folder it works in."""
    while os.path.exists(file):
        time.sleep(0.01)


class Server:
    def __init__(self):
        self.session = None

    def call(self, tool, arguments, call, record):
        """Calls a tool; comes back to the call when the connection breaks, as both agents do."""
        if self.session is None:
            hello = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "actor", "version": "1"}}
            self.session = self.post("initialize", hello, 0).headers["mcp-session-id"]
            self.post("notifications/initialized", {}, None)
        meta = {"claudecode/toolUseId": call, "progressToken": 1}
        answer = self.post("tools/call", {"name": tool, "arguments": arguments, "_meta": meta}, 1)
        record("asks", event="tools/call", tool=tool)
        last = None
        while True:
            try:
                for line in answer:
                    hold("deaf")
                    name, _, value = line.decode().strip().partition(":")
                    if name == "id":
                        last = value.strip()
                    elif name == "data" and value.strip() and json.loads(value).get("id") == 1:
                        return json.loads(value)["result"]["content"][0]["text"]
            except (HTTPException, OSError):
                pass
            record("lost", tool=tool)
            hold("away")
            answer = self.come_back(last)
            record("back", tool=tool)

    def come_back(self, last):
        while True:
            try:
                return self.request("GET", None, {"last-event-id": last})
            except OSError:
                time.sleep(0.02)

    def post(self, method, params, number):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        return self.request("POST", message if number is None else {**message, "id": number}, {})

    def request(self, method, message, more):
        connection = HTTPConnection(urlsplit(os.environ["QD_DOOR"]).netloc)
        headers = {"accept": "application/json, text/event-stream", "content-type": "application/json",
                   "authorization": f"Bearer {os.environ['QD_TOKEN']}", "mcp-protocol-version": VERSION, **more}
        if self.session:
            headers["mcp-session-id"] = self.session
        connection.request(method, "/mcp", json.dumps(message) if message else None, headers)
        return connection.getresponse()
