"""What the network does to a download, and what the learner then sees: one line, and nothing half-written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from assets_support import (
    ARCHIVE,
    FRUITS,
    Behaviour,
    FaultyServer,
    broken,
    fruit_table,
    good,
    left_behind,
    make_store,
    make_zip,
    running,
    sha256,
    sign_in_page,
    stalled,
    truncated,
    web_address,
)

from course_utils.foundation.assets import AssetError
from course_utils.foundation.assets.download import CHUNK, Patience


@pytest.fixture
def server():
    with running(FaultyServer()) as server:
        yield server


def store_for(tmp_path, url, **changes):
    return make_store(tmp_path, fruits=fruit_table(addresses=[web_address(url, **changes)]))


def the_only_line(store, *options, **keywords) -> str:
    """Fetch, which must fail; checks what holds for every failure and returns the message."""
    with pytest.raises(AssetError) as caught:
        store.fetch("fruits", *options, **keywords)
    message = str(caught.value)
    assert "\n" not in message
    assert "Next: " in message and "course data fetch fruits" in message
    assert left_behind(store.cache) == []
    stand_in = store.resolve("fruits", ("cache", "mirror", "address"))
    assert stand_in.origin == "bundled" and stand_in.path.name == "fruits" and not stand_in.verified
    assert left_behind(store.cache) == []
    return message


def arrives(store) -> None:
    found = store.fetch("fruits")
    assert found.origin == "address" and found.verified
    for path, data in FRUITS.items():
        assert (found.path / path).read_bytes() == data
    assert store.verify("fruits").status == "whole"
    assert [name for name in left_behind(store.cache) if name.endswith(".part")] == []


def test_a_good_server_needs_one_request(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/fruits.zip", good())))
    assert server.requests == [("/fruits.zip", None)]


def test_a_connection_that_breaks_off_is_resumed_where_it_stopped(tmp_path, server):
    arrives(
        store_for(tmp_path, server.answers("/f", truncated(sent=CHUNK + 9), truncated(sent=CHUNK), good()))
    )
    assert [wanted for _, wanted in server.requests] == [None, f"bytes={CHUNK}-", f"bytes={2 * CHUNK}-"]


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole_file_again(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/f", truncated(sent=CHUNK), good(ranges=False))))
    assert len(server.requests) == 2


def test_a_resumed_file_that_does_not_fit_together_is_fetched_afresh(tmp_path, server):
    other = bytes(len(ARCHIVE))
    arrives(store_for(tmp_path, server.answers("/f", truncated(other, sent=CHUNK), good(), good())))
    assert [wanted for _, wanted in server.requests] == [None, f"bytes={CHUNK}-", None]


def test_many_short_pieces_arrive_as_long_as_each_attempt_brings_something(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/f", truncated(sent=CHUNK))))
    assert len(server.requests) == -(-len(ARCHIVE) // CHUNK) > 6


def test_a_server_that_fails_once_is_asked_again(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/f", broken(500), broken(503), good())))


def test_a_server_that_stalls_once_is_asked_again(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/f", stalled(sent=CHUNK + 9), good())))
    assert server.requests[1] == ("/f", f"bytes={CHUNK}-")


def test_a_file_without_announced_length_arrives(tmp_path, server):
    arrives(store_for(tmp_path, server.answers("/f", good(announce=False))))


def test_a_server_that_always_cuts_the_file_short_is_named_with_the_byte(tmp_path, server):
    url = server.answers("/f", truncated(sent=CHUNK), truncated(sent=0))
    message = the_only_line(store_for(tmp_path, url))
    assert f"broke off after {CHUNK:,} of" in message


def test_a_file_cut_short_without_an_announced_length_is_noticed(tmp_path, server):
    url = server.answers("/f", Behaviour(ARCHIVE[:900], announce=False, ranges=False))
    assert f"ended after 900 of {len(ARCHIVE):,} bytes" in the_only_line(store_for(tmp_path, url))


def test_a_server_that_sends_nothing_is_given_up_after_the_time_out(tmp_path, server):
    message = the_only_line(store_for(tmp_path, server.answers("/f", stalled(sent=0))))
    assert "sent nothing for 0.4 s" in message


def test_a_server_that_keeps_failing_is_named_with_its_answer(tmp_path, server):
    assert "500" in the_only_line(store_for(tmp_path, server.answers("/f", broken(500))))
    assert len(server.requests) == 3 + 2  # fetch tries three times, a notebook's start twice


def test_a_store_of_its_own_is_patient_four_times(tmp_path, server):
    store = store_for(tmp_path, server.answers("/f", broken(500)))
    store.patience = replace(Patience(), wait=0.01, longest_wait=0.02)
    with pytest.raises(AssetError, match="500"):
        store.fetch("fruits")
    assert len(server.requests) == 4


def test_a_missing_file_is_not_asked_for_again(tmp_path, server):
    assert "has no fruits.zip" in the_only_line(store_for(tmp_path, f"{server.address}/nowhere"))
    assert len(server.requests) == 1 + 1


def test_no_network_is_said_in_plain_words(tmp_path):
    with running(FaultyServer()) as gone:
        url = f"{gone.address}/f"
    assert "no network, or the server is down" in the_only_line(store_for(tmp_path, url))


@pytest.mark.parametrize(
    "page",
    [
        sign_in_page(),
        sign_in_page(headers={}),
        sign_in_page(status=511),
        Behaviour(status=302, headers={"Location": "/sign-in"}),
    ],
    ids=["as html", "as bytes", "status 511", "redirected"],
)
def test_a_sign_in_page_is_recognised_and_not_stored(tmp_path, server, page):
    server.answers("/sign-in", sign_in_page())
    url = server.answers("/f", page)
    assert "sign-in page" in the_only_line(store_for(tmp_path, url))


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/html"}], ids=["as bytes", "as html"])
def test_a_sign_in_page_is_recognised_for_a_file_of_unknown_size_too(tmp_path, server, headers):
    address = web_address(server.answers("/f", sign_in_page(headers=headers)), bytes=None, sha256=None)
    store = make_store(tmp_path, fruits=fruit_table(addresses=[address | {"unverified": True}]))
    assert "sign-in page" in the_only_line(store, unverified=True)


def test_a_file_of_another_size_is_refused_before_it_is_transferred(tmp_path, server):
    message = the_only_line(store_for(tmp_path, server.answers("/f", good(ARCHIVE[:5000]))))
    assert f"has 5,000 bytes instead of {len(ARCHIVE):,}" in message


def test_a_file_with_another_digest_is_thrown_away(tmp_path, server):
    forged = ARCHIVE[:-30] + bytes(30)
    message = the_only_line(store_for(tmp_path, server.answers("/f", good(forged))))
    assert "not the registered file: sha256" in message and sha256(ARCHIVE)[:12] in message


def test_a_file_that_is_too_long_is_refused_before_it_fills_the_disk(tmp_path, server):
    url = server.answers("/f", good(ARCHIVE + bytes(10), announce=False))
    assert "more than the expected" in the_only_line(store_for(tmp_path, url))


def test_the_right_archive_of_the_wrong_files_is_thrown_away(tmp_path, server):
    other = make_zip({"Training/Banana/1.jpg": b"other"}, "fruits")
    url = server.answers("/f", good(other))
    message = the_only_line(store_for(tmp_path, url, bytes=len(other), sha256=sha256(other)))
    assert "not the registered data: 1 files" in message
    assert not (tmp_path / "cache" / "data" / "fruits").exists()


def test_a_second_address_is_asked_when_the_first_fails(tmp_path, server):
    addresses = [web_address(f"{server.address}/gone"), web_address(server.answers("/f", good()))]
    arrives(make_store(tmp_path, fruits=fruit_table(addresses=addresses)))


def test_an_address_without_a_digest_waits_for_consent_and_never_counts_as_verified(tmp_path, server):
    address = web_address(server.answers("/f", good()), sha256=None) | {"unverified": True}
    store = make_store(tmp_path, fruits=fruit_table(addresses=[address]))
    assert "course data fetch fruits --unverified" in the_only_line(store)
    assert server.requests == []
    found = store.fetch("fruits", unverified=True)
    assert not found.verified and "unverified" in found.message
    assert not store.resolve("fruits").verified
    assert store.verify("fruits").status == "unverified"
    assert store.summary()[0].state == "in the cache, unverified"


def test_what_has_no_digest_comes_afresh_when_it_is_repaired(tmp_path, server):
    """Nothing shows whether the kept file is whole, so it can't be what repairs."""
    url = server.answers("/f", good(), good())
    store = make_store(
        tmp_path, fruits=fruit_table(addresses=[web_address(url, sha256=None) | {"unverified": True}])
    )
    store.fetch("fruits", unverified=True)
    before = len(server.requests)
    store.fetch("fruits", unverified=True, again=True)
    assert len(server.requests) == before + 1
