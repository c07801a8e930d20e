"""What the course asks of Ray Serve, told to a stand-in for it: Ray itself is installed in no test run."""

from __future__ import annotations

import asyncio
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("prometheus_client", reason='python -m pip install "course-utils[serve]"')

from course_utils.further.serving import ray_serve, service
from course_utils.further.serving.contract import ServingError


class Deployment:
    """What `serve.deployment` gives: remembers its options, and builds a replica when it is asked."""

    def __init__(self, build):
        self.build, self.asked = build, {}

    def options(self, **asked):
        self.asked = asked
        return self

    def bind(self):
        return self


@pytest.fixture
def ray(monkeypatch):
    """A module `ray` whose queue answers each item alone and keeps how it was set up."""
    serve = ModuleType("ray.serve")
    serve.queues = []

    def batch(**asked):
        serve.queues.append(asked)

        def collected(run):
            async def one(item):
                return (await run([item]))[0]

            return one

        return collected

    serve.batch, serve.deployment = batch, Deployment
    serve.ingress = lambda build: lambda: build
    serve.get_replica_context = lambda: SimpleNamespace(replica_id=SimpleNamespace(unique_id="nets-7"))
    whole = ModuleType("ray")
    whole.serve = serve
    monkeypatch.setitem(sys.modules, "ray", whole)
    monkeypatch.setitem(sys.modules, "ray.serve", serve)
    monkeypatch.setenv(ray_serve.USAGE, "1")
    monkeypatch.setenv(service.REPLICA, "")
    return serve


def test_a_replica_is_the_service_with_rays_queue_and_the_batch_that_was_asked_for(
    ray, tmp_path, monkeypatch
):
    made = {}
    monkeypatch.setattr(service, "make_app", lambda folder, **how: made.update(how, folder=folder))
    ray_serve.application({"nets": str(tmp_path), "batch": "5"}).build()
    assert made == {"folder": tmp_path.resolve(), "most": 5, "queue": ray_serve.RayBatcher}
    assert os.environ[service.REPLICA] == "nets-7", "answers say which replica gave them"
    assert os.environ[ray_serve.USAGE] == "0", "Ray reports nothing"


def test_there_are_as_many_replicas_as_asked_for_or_as_the_load_needs(ray, tmp_path):
    fixed = ray_serve.application({"nets": tmp_path, "replicas": 3}).asked
    assert fixed["num_replicas"] == 3 and "autoscaling_config" not in fixed
    by_load = ray_serve.application({"nets": tmp_path, "most": 6}).asked
    assert by_load["autoscaling_config"]["min_replicas"] == 1
    assert by_load["autoscaling_config"]["max_replicas"] == 6
    assert "num_replicas" not in by_load


@pytest.mark.parametrize("arguments", [{}, {"nets": ""}, {"nets": "here", "copies": 2}])
def test_other_arguments_are_refused(ray, arguments):
    with pytest.raises(ServingError, match="nets, batch, replicas and most; got"):
        ray_serve.application(arguments)


def test_the_queue_is_set_up_as_the_courses_own_and_answers_as_it_does(ray):
    sizes = []

    async def asked():
        async with ray_serve.RayBatcher(
            lambda items: [2 * item for item in items], 8, 0.01, sizes.append
        ) as queue:
            return [await queue(3), await queue(4)]

    assert asyncio.run(asked()) == [6, 8]
    assert ray.queues == [{"max_batch_size": 8, "batch_wait_timeout_s": 0.01}]
    assert sizes == [1, 1]


def test_where_ray_is_missing_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ServingError, match=r"pip install .course-utils\[serve,ray\]"):
        ray_serve.ray_serve()
