"""A running server, over HTTP, with the standard library alone: environments of old versions have little else."""
import json
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    """An answer of 400 or above, in the server's words."""

    def __init__(self, status, body):
        self.status = status
        self.code = body.get("code", "")
        super().__init__(body.get("error", str(body)))


class Server:
    def __init__(self, url, timeout=300):
        self.url = url.rstrip("/")
        self.timeout = timeout

    def call(self, method, path, body=None, content_type="application/json"):
        request = urllib.request.Request(self.url + path, data=body, method=method, headers={"Content-Type": content_type} if body else {})
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.load(error)) from None

    def post(self, path, document):
        # NaN and infinity are no JSON; what asks for them has to say null.
        return self.call("POST", path, json.dumps(document, allow_nan=False).encode())

    def upload(self, model_id, content):
        boundary = uuid.uuid4().hex
        parts = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"model_id\"\r\n\r\n{model_id}\r\n"
                 f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model.pkl\"\r\n\r\n").encode()
        body = parts + content + f"\r\n--{boundary}--\r\n".encode()
        return self.call("POST", "/upload_model", body, f"multipart/form-data; boundary={boundary}")

    def deploy(self, model_id):
        return self.post("/deploy", {"model_id": model_id, "listener": False, "resources": {"cpu_limit": 1}})

    def predict(self, model_id, features):
        return self.post("/predict", {"model_id": model_id, "features": features})

    def delete(self, model_id):
        return self.call("DELETE", f"/delete_model/{model_id}")
