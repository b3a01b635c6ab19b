"""A tool in Python that uses nest-lti by REST: it is launched, and each press of the button posts a score. Standard library only."""

import html
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LTI_URL = os.environ["LTI_URL"]
API_KEY = os.environ["API_KEY"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(os.environ["PUBLIC_URL"]))


def call(path, body):
    """Calls the REST API of nest-lti. Raises HTTPError, whose body has a stable `code`."""
    request = urllib.request.Request(
        LTI_URL + "/api/v1/" + path,
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + API_KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def open_launch(form):
    """Exchanges the one-time code of the launch. The code works once, within a minute."""
    session = call("launch-sessions/exchange", {"code": form["code"]})
    launch = session["launch"]
    name = html.escape((launch.get("user") or {}).get("name") or "learner")
    title = html.escape((launch.get("context") or {}).get("title") or "the course")
    line_item = (launch.get("grades") or {}).get("lineItemId")
    page = f"<!doctype html><meta charset=utf-8><h1>Hello {name} of {title}</h1>"
    if line_item is None or launch.get("user") is None:
        return page + "<p>The platform takes no score for this link.</p>"
    score = {"courseId": launch["courseId"], "lineItemId": line_item, "userId": launch["user"]["id"]}
    SCORES[session["id"]] = score
    return page + f"<form method=post action=tool/done><input type=hidden name=session value={session['id']}><button>Done</button></form>"


def post_score(form):
    """Puts the score into the outbox of nest-lti, which sends it until the platform has it."""
    score = SCORES.pop(form["session"])
    course = score.pop("courseId")
    call(f"courses/{course}/scores", [{**score, "scoreGiven": 1, "scoreMaximum": 1}])
    return "<!doctype html><meta charset=utf-8><h1>Your score is on its way.</h1>"


# A tool with several processes keeps them in its database.
SCORES = {}
PAGES = {"/tool": open_launch, "/tool/done": post_score}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        page = PAGES.get(self.path)
        # A form on another site could send the code of another user's launch.
        if page is None or self.headers.get("Origin") != ORIGIN:
            return self.answer(404, "Open the tool from your course.")
        length = min(int(self.headers.get("Content-Length", 0)), 10_000)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        try:
            self.answer(200, page(form))
        except (KeyError, urllib.error.HTTPError):
            self.answer(403, "Open the tool from your course again.")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8000"))), Handler).serve_forever()
