"""Containerfile and manifests: nobody is root, nothing reports home, and the parts fit each other and the service."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def documents(name):
    found = list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))
    return {one["kind"]: one for one in found}


def containers():
    kubernetes = documents("kubernetes.yaml")["Deployment"]["spec"]["template"]["spec"]["containers"]
    return [*kubernetes, *documents("kserve.yaml")["InferenceService"]["spec"]["predictor"]["containers"]]


def last_stage():
    return CONTAINERFILE[CONTAINERFILE.rindex("\nFROM ") :]


def test_the_image_runs_as_nobody_has_a_health_check_and_reports_nothing():
    assert re.search(r"^USER 10001:10001$", last_stage(), re.M)
    assert "HEALTHCHECK" in last_stage() and "/health" in last_stage()
    assert "ORT_DISABLE_TELEMETRY=1" in last_stage()


def test_each_stage_starts_from_a_named_version_and_the_last_installs_nothing():
    stages = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.M)
    assert len(stages) == 2 and all(re.search(r":\d+\.\d+\.\d+-slim", one) for one in stages)
    assert not re.search(r"^RUN|\bpip\b|apt", last_stage(), re.M)
    assert "--require-hashes" in CONTAINERFILE


def test_what_the_image_copies_is_there_but_for_the_nets():
    copied = re.findall(r"^COPY (?!--from)(\S+)", CONTAINERFILE, re.M)
    assert copied == ["requirements/serve.txt", "course_utils", "nets"]
    assert all((ROOT / one).exists() for one in copied[:2])


def test_each_net_of_the_service_is_exported_for_the_image_and_told_of():
    from course_utils.further.serving import nets

    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for name in nets.SERVED:
        assert f"course export {name} --out nets" in CONTAINERFILE
        assert f"`/{'detect' if name == 'detector' else name}`" in page


def test_the_image_gets_all_that_the_service_imports_and_no_framework():
    lock = (ROOT / "requirements" / "serve.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z][\w.-]*)==", lock, re.M))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    served = {re.match(r"[\w-]+", one)[0] for one in extras["serve"]} - {"onnx"}
    assert served | {"numpy", "pillow"} <= names
    assert not names & {"tensorflow", "tensorflow-cpu", "keras", "jupyterlab", "pandas", "onnx"}
    lab = set(
        re.findall(
            r"^[a-z][\w.-]*==\S+", (ROOT / "requirements" / "lab.txt").read_text(encoding="utf-8"), re.M
        )
    )
    assert set(re.findall(r"^[a-z][\w.-]*==\S+", lock, re.M)) <= lab
    assert lock.count("--hash=sha256:") >= len(names)


@pytest.mark.parametrize("container", containers(), ids=lambda one: one["name"])
def test_a_container_may_do_little_and_says_what_it_needs(container):
    rights = container["securityContext"]
    assert rights["allowPrivilegeEscalation"] is False and rights["readOnlyRootFilesystem"] is True
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert {"name": "ORT_DISABLE_TELEMETRY", "value": "1"} in container["env"]
    assert (
        set(container["resources"]["requests"]) == set(container["resources"]["limits"]) == {"cpu", "memory"}
    )
    assert container["readinessProbe"]["httpGet"]["path"] == "/health"
    assert container["ports"][0]["containerPort"] == 8000 and "EXPOSE 8000" in CONTAINERFILE
    assert not container["image"].endswith(":latest") and ":" in container["image"]


def test_the_parts_of_kubernetes_fit_each_other():
    found = documents("kubernetes.yaml")
    deployment = found["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert (
        found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    )
    assert found["HorizontalPodAutoscaler"]["spec"]["minReplicas"] == deployment["spec"]["replicas"] == 3
    (rule,) = found["Ingress"]["spec"]["rules"]
    assert found["Ingress"]["spec"]["tls"][0]["hosts"] == [rule["host"]]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    ports = {port["name"] for port in found["Service"]["spec"]["ports"]}
    assert backend["name"] == found["Service"]["metadata"]["name"] and backend["port"]["name"] in ports
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"]  # fmt: skip


def test_the_world_asks_the_nets_and_prometheus_asks_each_copy():
    from course_utils.further.serving import nets

    found = documents("kubernetes.yaml")
    paths = found["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert {each["pathType"] for each in paths} == {"Exact"}
    ours = {f"/{'detect' if name == 'detector' else name}" for name in nets.SERVED}
    assert {each["path"] for each in paths} == {*ours, "/health", "/openapi.json", "/"}
    assert len({str(each["backend"]) for each in paths}) == 1
    pod = found["Deployment"]["spec"]["template"]
    asked = {name.partition("/")[2]: value for name, value in pod["metadata"]["annotations"].items()}
    port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
    assert asked == {"scrape": "true", "path": "/metrics", "port": str(port)}


def test_a_rolling_update_takes_no_copy_away_before_another_is_ready():
    spec = documents("kubernetes.yaml")["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    pod = spec["template"]["spec"]
    wait = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert wait + 10 < pod["terminationGracePeriodSeconds"]  # and ten seconds for requests in work


def test_kserve_has_one_container_under_the_name_that_it_looks_for():
    found = documents("kserve.yaml")["InferenceService"]
    assert found["apiVersion"] == "serving.kserve.io/v1beta1"
    predictor = found["spec"]["predictor"]
    assert [one["name"] for one in predictor["containers"]] == ["kserve-container"]
    assert predictor["minReplicas"] <= predictor["maxReplicas"] and predictor["scaleMetric"] == "concurrency"
    assert documents("kubernetes.yaml")["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"] == predictor["containers"][0]["image"]  # fmt: skip


def ray():
    return yaml.safe_load((DEPLOY / "ray.yaml").read_text(encoding="utf-8"))


def test_ray_builds_what_the_module_builds_and_stays_on_loopback():
    from course_utils.further.serving import batching, ray_serve, runtime

    (found,) = ray()["applications"]
    module, _, name = found["import_path"].partition(":")
    assert module == ray_serve.__name__ and callable(getattr(ray_serve, name))
    assert (
        set(found["args"]) <= {"nets", "batch", "replicas", "most"}
        and found["args"]["batch"] == batching.MOST
    )
    assert ray()["http_options"]["host"] == "127.0.0.1"
    assert found["runtime_env"]["env_vars"] == {
        runtime.TELEMETRY_OFF: "1", "OMP_NUM_THREADS": "1", ray_serve.USAGE: "0",
    }  # fmt: skip
    (deployment,) = found["deployments"]
    assert deployment["autoscaling_config"] == {
        "min_replicas": ray_serve.FEWEST, "max_replicas": ray_serve.MORE, "target_ongoing_requests": ray_serve.AT_ONCE,
    }  # fmt: skip
    assert deployment["max_ongoing_requests"] == 4 * ray_serve.AT_ONCE


def test_rays_own_schema_has_nothing_to_say():
    schema = pytest.importorskip("ray.serve.schema", reason='python -m pip install "ray[serve]"')
    schema.ServeDeploySchema(**ray())


def test_without_ray_it_says_what_to_type(monkeypatch):
    import sys

    from course_utils.further.serving import ServingError, ray_serve

    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delenv(ray_serve.USAGE, raising=False)
    with pytest.raises(ServingError, match=r"pip install .course-utils\[serve,ray\]"):
        ray_serve.application({"nets": "nets"})


# KServe's own schema is part of its cluster definitions and comes in no package; these are the fields of v1beta1 that the
# manifest may have, from KServe's reference of the InferenceService.
PREDICTOR = {
    "minReplicas": int, "maxReplicas": int, "scaleTarget": int, "scaleMetric": str, "containerConcurrency": int,
    "timeout": int, "canaryTrafficPercent": int, "containers": list,
}  # fmt: skip


def test_kserve_has_only_fields_that_its_reference_names_and_a_container_of_kubernetes():
    found = documents("kserve.yaml")["InferenceService"]
    assert set(found) == {"apiVersion", "kind", "metadata", "spec"} and set(found["spec"]) == {"predictor"}
    for name, value in found["spec"]["predictor"].items():
        assert isinstance(value, PREDICTOR[name]), name
    assert found["spec"]["predictor"]["scaleMetric"] in ("cpu", "memory", "concurrency", "rps")


def test_kserves_container_passes_kubernetes_own_schema(tmp_path):
    """As the only container of a Pod, whose schema is at hand."""
    if shutil.which("kubernetes-validate") is None:
        pytest.skip("kubernetes-validate isn't installed. Type: nox -s deploy")
    containers = documents("kserve.yaml")["InferenceService"]["spec"]["predictor"]["containers"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": containers}}
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump(pod), encoding="utf-8")
    command = ["kubernetes-validate", "--strict", str(tmp_path / "pod.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_body_that_a_balancer_lets_through_is_no_smaller_than_what_a_handler_takes():
    from course_utils.further.serving import balancer

    handlers = (ROOT / "course_utils" / "further" / "serving" / "handlers.py").read_text(encoding="utf-8")
    most = int(re.search(r"MOST_PICTURE_BYTES = ([\d_]+)", handlers)[1].replace("_", ""))
    size = documents("kubernetes.yaml")["Ingress"]["metadata"]["annotations"][
        "nginx.ingress.kubernetes.io/proxy-body-size"
    ]
    assert int(size.removesuffix("m")) * 1_000_000 > most
    assert "client_max_body_size 12m;" in balancer.CONFIGURATION


def test_ci_runs_the_linters_of_the_trade():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    assert any(step.get("run") == ".venv/bin/nox -s deploy" for step in jobs["test"]["steps"])


@pytest.mark.parametrize(
    ("command", "arguments"),
    [("hadolint", ["Containerfile"]), ("kubernetes-validate", ["--strict", "kubernetes.yaml"])],
)
def test_the_linters_of_the_trade_have_nothing_to_say(command, arguments):
    if shutil.which(command) is None:
        pytest.skip(f"{command} isn't installed. Type: nox -s deploy")
    *options, name = arguments
    done = subprocess.run(
        [command, *options, str(DEPLOY / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
