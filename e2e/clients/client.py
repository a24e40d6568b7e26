"""What a Python program does with Debian's python3-kubernetes; prints one JSON object of what it saw.

usage: client.py KUBECONFIG NAMESPACE MANIFEST
"""

import json
import sys
import threading
import time

from kubernetes import client, config, dynamic, utils, watch

kubeconfig, namespace, manifest = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()
apps = client.AppsV1Api()
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
seen = {}


def wait_for(condition):
    deadline = time.time() + 60
    while not condition():
        if time.time() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(0.1)


def watching(version):
    events = []
    watcher = watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=30
    ):
        if event["object"].metadata.name != "a":
            continue
        events.append([event["type"], event["object"].data])
        if event["type"] == "DELETED":
            watcher.stop()
    seen["watch"] = events


seen["nodes"] = len(core.list_node().items)
listed = core.list_namespaced_config_map(namespace)
thread = threading.Thread(target=watching, args=(listed.metadata.resource_version,))
thread.start()
core.create_namespaced_config_map(
    namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a"), data={"k": "1"})
)
core.patch_namespaced_config_map("a", namespace, {"data": {"l": "2"}})
core.patch_namespaced_config_map("a", namespace, [{"op": "remove", "path": "/data/k"}])
core.delete_namespaced_config_map("a", namespace)
thread.join()

utils.create_from_yaml(client.ApiClient(), manifest, namespace=namespace)
wait_for(lambda: apps.read_namespaced_deployment("web", namespace).status.ready_replicas == 3)
apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 4}})
seen["scale"] = apps.read_namespaced_deployment_scale("web", namespace).spec.replicas
wait_for(lambda: len(core.list_namespaced_pod(namespace, label_selector="app=web").items) == 4)
page = core.list_namespaced_pod(namespace, label_selector="app=web", limit=3)
rest = core.list_namespaced_pod(
    namespace, label_selector="app=web", limit=3, _continue=page.metadata._continue
)
seen["pages"] = [len(page.items), len(rest.items)]

anything = dynamic.DynamicClient(client.ApiClient())
maps = anything.resources.get(api_version="v1", kind="ConfigMap")
maps.create(namespace=namespace, body={"metadata": {"name": "dynamic"}, "data": {"x": "1"}})
patched = maps.patch(
    namespace=namespace,
    name="dynamic",
    body={"data": {"y": "2"}},
    content_type="application/merge-patch+json",
)
seen["dynamic"] = patched.to_dict()["data"]
seen["dynamic watch"] = [
    [event["type"], event["object"].metadata.name]
    for event in maps.watch(namespace=namespace, resource_version=0, timeout=1)
]
crons = anything.resources.get(api_version="batch/v1", kind="CronJob")
seen["crons"] = len(crons.get(namespace=namespace).items)

try:
    core.read_namespaced_pod("nope", namespace)
except client.ApiException as error:
    seen["missing"] = [error.status, json.loads(error.body)["message"]]
try:
    core.create_namespaced_config_map(
        namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="Bad_Name"))
    )
except client.ApiException as error:
    seen["invalid"] = [error.status, json.loads(error.body)["details"]["causes"][0]["field"]]
seen["version"] = client.VersionApi().get_code().git_version
print(json.dumps(seen))
