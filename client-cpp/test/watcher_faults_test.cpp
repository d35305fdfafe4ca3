#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/v4/refusals.hpp"
#include "transfer/watch/watch_troubles.hpp"
#include "watch_world.hpp"

namespace sesame::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using protocol::v4::RefusalNumber;
using watch::Trouble;
using What = V4Server::Fault::What;

constexpr std::uint16_t put_code = 1106;
constexpr std::size_t put_path = 54;  // where the path of a 1106 begins

/// Refuses every 1106 for a path that ends so.
V4Server::FaultPlan refusing(std::string path, RefusalNumber number) {
  return [path = std::move(path), number](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != put_code) return {What::None};
    const std::string text(text_of(ByteView(frame.payload).subspan(put_path, path.size())));
    if (text != path) return {What::None};
    std::uint32_t stream = 0;
    std::memcpy(&stream, frame.payload.data(), sizeof stream);
    return {What::Answer, v4_refusal(stream, static_cast<std::uint16_t>(number), "because")};
  };
}

}  // namespace

TEST_CASE("watch: pauses double up to five minutes, each within 20 %") {
  watch::Pace pace(1);
  watch::Moment now = 0s;
  CHECK(pace.may_try(now));
  watch::Moment expected = 1s;
  for (int i = 0; i < 20; ++i) {
    const auto delay = pace.failed(now, Trouble::Network);
    CHECK(delay >= expected * 8 / 10);
    CHECK(delay <= expected * 12 / 10);
    CHECK_FALSE(pace.may_try(now + delay - 1ms));
    CHECK(pace.may_try(now + delay));
    expected = std::min<watch::Moment>(expected * 2, 5min);
  }
  pace.news(now + 10s);
  CHECK_FALSE(pace.may_try(now + 10s));
  pace.news(now + 11s);
  CHECK(pace.may_try(now + 11s));
  CHECK(pace.failed(now + 11s, Trouble::Network) > 200s);  // the news were none
  pace.progressed();
  CHECK(pace.failed(now, Trouble::Network) <= 1200ms);
  pace.succeeded();
  CHECK(pace.may_try(now));
}

TEST_CASE("watch: a file that failed waits a minute at first, six hours at last") {
  const auto delay = [](std::int64_t failures) {
    return watch::file_delay(failures, ErrorCode::Refused);
  };
  CHECK(delay(1) == 1min);
  CHECK(delay(2) == 2min);
  CHECK(delay(9) == 256min);
  CHECK(delay(10) == 6h);
  CHECK(delay(1'000'000'000'000) == 6h);
  CHECK(watch::file_delay(5, ErrorCode::OverQuota) == 16min);
  CHECK(watch::file_delay(6, ErrorCode::OverQuota) == 30min);
}

TEST_CASE("watch: a week without a server, then everything arrives once, and soon") {
  WatchWorld world;
  world.server_is_there = false;
  std::string expected;
  for (int day = 0; day < 7; ++day) {
    world.write("day-" + std::to_string(day), varied(1000, static_cast<unsigned>(day)));
    expected += "in/day-" + std::to_string(day) + ":ok ";
    world.pass(24h);
  }
  CHECK(world.told.outcomes.empty());
  CHECK(world.totals().files == 7);
  CHECK(world.totals().failed == 0);
  // Every five minutes or so: neither less, nor all the time.
  CHECK(world.runs > 7 * 24 * 10);
  CHECK(world.runs < 7 * 24 * 15);
  CHECK(std::ranges::max(world.heard.delays) <= 6min);
  CHECK(std::ranges::count(world.heard.words, "fault connect") == world.runs);

  world.restart();
  world.server_is_there = true;
  world.pass(6min);
  CHECK(world.told.sorted() == expected);
  CHECK(world.server.store.versions_made == 7);
  CHECK(world.totals().files == 0);
}

TEST_CASE("watch: a new file, or the network, makes it try at once, unless that was just done") {
  WatchWorld world;
  world.server_is_there = false;
  world.write("old", "1");
  world.pass(1h);
  while (world.clock.now() + 60s > world.settle_down())
    world.pass(1s);  // until the next attempt is far away
  const int runs = world.runs;
  world.clock.advance(11s);
  world.settle_down();
  CHECK(world.runs == runs);

  SUBCASE("a new file") {
    world.server_is_there = true;
    world.write("new", "2");
    world.settle_down();
    CHECK(world.server.stored("in/old") == "1");
    CHECK(world.heard.heard("recovered"));
    world.pass(3s);
    CHECK(world.server.stored("in/new") == "2");
  }
  SUBCASE("the network") {
    world.watcher->network_news();
    world.settle_down();
    CHECK(world.runs == runs + 1);
    world.clock.advance(9s);
    world.watcher->network_news();
    world.settle_down();
    CHECK(world.runs == runs + 1);
  }
}

TEST_CASE("watch: a file that is refused waits by itself, or until it changes") {
  WatchWorld world;
  world.server.faults = refusing("in/bad", RefusalNumber::Exists);
  world.write("bad", "1");
  world.write("good", "2");
  world.pass(3s);
  CHECK(world.server.stored("in/good") == "2");
  auto bad = world.waiting("in/bad");
  REQUIRE(bad);
  CHECK(bad->failures == 1);
  CHECK(bad->reason.find("because") != std::string::npos);
  CHECK(world.totals().failed == 1);
  CHECK(world.totals().newest_failure == bad->reason);
  world.write("later", "3");
  world.pass(5s);
  CHECK(world.server.stored("in/later") == "3");
  CHECK(world.waiting("in/bad")->failures == 1);
  world.pass(1min);
  CHECK(world.waiting("in/bad")->failures == 2);
  world.pass(24h);
  // After 1, 3, 7 … 255, 511 min, then every 6 h.
  CHECK(world.waiting("in/bad")->failures >= 11);
  CHECK(world.waiting("in/bad")->failures <= 13);

  world.restart();
  world.server.faults = {};
  world.write("bad", "changed");
  world.pass(3s);
  CHECK(world.server.stored("in/bad") == "changed");
  CHECK(world.totals().failed == 0);
}

TEST_CASE("watch: a server that can take nothing now keeps everything waiting") {
  WatchWorld world;
  world.server.faults = refusing("in/", RefusalNumber::DiskFull);
  for (int i = 0; i < 50; ++i)
    world.write("f" + std::to_string(i), "content");
  world.pass(10min);
  CHECK(world.totals().files == 50);
  CHECK(world.totals().failed == 0);
  CHECK(world.heard.heard("fault unavailable"));
  CHECK(world.told.outcomes.empty());
  world.stop();
  world.server.faults = {};
  world.restart();
  world.pass(6min);
  CHECK(world.totals().files == 0);
  CHECK(world.server.store.versions_made == 50);
}

TEST_CASE("watch: a file that changes while it is sent is sent again, whole") {
  WatchWorld world;
  std::atomic<bool> changed = false;
  const auto path = world.write("f", "one");
  world.server.faults = [&](const V4Frame& frame) -> V4Server::Fault {
    // The content is on its way: what comes now must not count as sent.
    if (frame.code == put_code && !changed.exchange(true)) {
      world.write("f", "two, which is longer");
    }
    return {What::None};
  };
  world.pass(10s);
  CHECK(changed);
  CHECK(world.told.sorted() == "in/f:ok in/f:ok ");
  CHECK(world.server.stored("in/f") == "two, which is longer");
  CHECK(world.server.store.versions_made == 2);
  CHECK(world.totals().files == 0);
}

TEST_CASE("watch: killed between the receipt and the note of it, nothing is stored twice") {
  WatchWorld world;
  world.write("f", "content");
  world.write("large", varied(300'000));
  world.pass(3s);
  CHECK(world.server.store.versions_made == 2);
  world.stop();
  // What the kill would have kept from the disk.
  fs::remove_all(world.state());
  world.restart();
  world.pass(3s);
  CHECK(world.told.sorted() == "in/f:ok in/f:there in/large:ok in/large:there ");
  CHECK(world.server.store.versions_made == 2);
}

TEST_CASE("watch: what no other try would help ends it, and what waits stays") {
  WatchWorld world;
  world.server.faults = [](const V4Frame&) -> V4Server::Fault {
    return {What::Answer, v4_refusal(0, static_cast<std::uint16_t>(RefusalNumber::Revoked))};
  };
  world.write("f", "content");
  std::optional<Error> end;
  while (!end) {
    const auto next = world.watcher->turn();
    if (!next) {
      end = next.error();
    } else if (!world.watcher->is_sending()) {
      world.clock.set(*next);
    }
  }
  CHECK(end->code == ErrorCode::Revoked);
  CHECK(world.totals().files == 1);
}

TEST_CASE("watch: sent files are removed, if they are what was sent and nobody holds them") {
  WatchWorld world({.removes = true});
  world.write("free", "1");
  const auto held = world.write("held", "2");
  fs::create_directory(world.in() / "d");
  world.write("d/deep", "3");
  const int reader = ::open(held.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(reader >= 0);
  world.pass(3s);
  CHECK(world.server.store.versions_made == 3);
  CHECK_FALSE(fs::exists(world.in() / "free"));
  CHECK_FALSE(fs::exists(world.in() / "d/deep"));
  CHECK(fs::exists(world.in() / "d"));
  CHECK(fs::exists(held));
  CHECK(world.totals().leaving == 1);
  world.pass(10min);
  CHECK(fs::exists(held));

  SUBCASE("he lets go of it") {
    ::close(reader);
    world.pass(2min);
    CHECK_FALSE(fs::exists(held));
    CHECK(world.totals().leaving == 0);
  }
  SUBCASE("it changes: the newer content is sent, too, before it is removed") {
    ::close(reader);
    world.write("held", "changed");
    world.pass(2min);
    CHECK(world.server.stored("in/held") == "changed");
    CHECK_FALSE(fs::exists(held));
  }
  SUBCASE("another program starts, which finds it sent") {
    ::close(reader);
    world.restart();
    world.pass(2min);
    CHECK_FALSE(fs::exists(held));
    CHECK(world.server.store.versions_made == 3);
  }
}

TEST_CASE("watch: what cannot be seen is told as long as it is so") {
  watch::WatchTroubles troubles;
  const auto looks = [&](std::initializer_list<std::string> unreadable) {
    troubles.rescan_began("it is time");
    for (const auto& folder : unreadable) {
      troubles.not_found_out(folder, {ErrorCode::Io, folder + ": Permission denied"});
      troubles.not_found_out(folder, {ErrorCode::Io, "Permission denied"});
    }
  };
  CHECK(troubles.summary().count == 0);
  CHECK(troubles.summary().text.empty());

  const watch::WatchedRoot one{.source = "/srv/a", .path = "a"};
  const watch::WatchedRoot other{.source = "/srv/b\x9b", .path = "b"};
  troubles.root_lost(one, "it was unmounted");
  troubles.root_lost(other, "No such file or directory");
  CHECK(troubles.summary().count == 2);
  CHECK(troubles.summary().text == "/srv/a is missing: it was unmounted (and 1 more)");
  troubles.root_came(one);
  CHECK(troubles.summary().text == "/srv/b\\x9b is missing: No such file or directory");
  troubles.root_came(other);

  looks({"/srv/a/x", "/srv/a/y"});
  CHECK(troubles.summary().count == 2);
  CHECK(troubles.summary().text == "/srv/a/x: Permission denied (and 1 more)");
  troubles.watching(7);
  looks({"/srv/a/x"});
  CHECK(troubles.summary().count == 2);  // until all has been looked through again
  troubles.watching(7);
  CHECK(troubles.summary().count == 1);
  troubles.not_found_out("/srv/a/z", {ErrorCode::Io, "Permission denied"});
  CHECK(troubles.summary().count == 2);
  looks({});
  troubles.watching(9);
  CHECK(troubles.summary().count == 0);

  troubles.watches_used_up(9);
  looks({});
  troubles.watching(9);
  CHECK(troubles.summary().count == 1);
  troubles.watches_suffice();
  CHECK(troubles.summary().text.empty());
}

}  // namespace sesame::test
