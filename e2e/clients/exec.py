"""exec and port-forward with Debian's python3-kubernetes. usage: exec.py KUBECONFIG POD-OF-WEB"""

import json
import sys

from kubernetes import client, config
from kubernetes.stream import portforward, stream

kubeconfig, web = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()
place = ("shell", "default")
seen = {}

seen["output"] = stream(
    core.connect_get_namespaced_pod_exec,
    *place,
    container="main",
    command=["sh", "-c", "echo out; echo err >&2"],
    stderr=True,
    stdin=False,
    stdout=True,
    tty=False,
)
shell = stream(
    core.connect_get_namespaced_pod_exec,
    *place,
    container="main",
    command=["sh"],
    stderr=True,
    stdin=True,
    stdout=True,
    tty=False,
    _preload_content=False,
)
shell.write_stdin("echo hi; exit 4\n")
shell.run_forever(timeout=30)
seen["shell"] = [shell.read_stdout(), shell.returncode]

forward = portforward(core.connect_get_namespaced_pod_portforward, web, "default", ports="8080")
socket = forward.socket(8080)
socket.setblocking(True)
socket.sendall(b"GET /from-python HTTP/1.0\r\n\r\n")
answer = b""
while chunk := socket.recv(4096):
    answer += chunk
seen["forward"] = json.loads(answer.split(b"\r\n\r\n", 1)[1])["path"]
seen["log"] = core.read_namespaced_pod_log(*place, container="main")
print(json.dumps(seen))
