#include <cstring>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "protocol/v4/refusals.hpp"
#include "watch_world.hpp"

namespace sesame::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using protocol::v4::RefusalNumber;
using What = V4Server::Fault::What;

constexpr std::uint16_t hello_code = 1101;
constexpr std::uint16_t put_code = 1106;

/// Every 1106 is refused.
V4Server::FaultPlan refusing_all(RefusalNumber number) {
  return [number](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != put_code) return {What::None};
    std::uint32_t stream = 0;
    std::memcpy(&stream, frame.payload.data(), sizeof stream);
    return {What::Answer, v4_refusal(stream, static_cast<std::uint16_t>(number), "because")};
  };
}

std::ptrdiff_t puts_heard(const V4Server& server) {
  const auto heard = server.heard();
  return std::ranges::count(heard, put_code);
}

}  // namespace

TEST_CASE("watch: a server that does not know this client does not stop it for good") {
  WatchWorld world;
  world.server.faults = [](const V4Frame& frame) -> V4Server::Fault {
    if (frame.code != hello_code) return {What::None};
    return {What::Answer, v4_refusal(0, static_cast<std::uint16_t>(RefusalNumber::NotJoined))};
  };
  world.write("f", "content");
  world.pass(3s);
  CHECK(world.runs == 1);
  CHECK(world.heard.heard("fault not-joined"));
  CHECK(world.heard.delays.back() >= 4min);
  world.write("news", "do not shorten that");
  world.watcher->network_news();
  world.pass(3min);
  CHECK(world.runs == 1);
  world.pass(24h);
  CHECK(world.runs > 20);
  CHECK(world.runs < 40);
  CHECK(std::ranges::max(world.heard.delays) <= 72min);
  CHECK(puts_heard(world.server) == 0);

  world.stop();
  world.server.faults = {};
  world.restart();
  world.pass(3s);
  CHECK(world.server.stored("in/f") == "content");
}

TEST_CASE("watch: another key, and receipts that are not true, likewise") {
  WatchWorld world;
  world.write("f", "content");
  SUBCASE("another key") {
    world.client.pin = crypto::TlsIdentity::generate("another").pin();
    world.pass(3s);
    CHECK(world.heard.heard("fault identity-mismatch"));
    CHECK(world.server.heard().size() <= 1);
    world.client.pin.reset();
  }
  SUBCASE("a receipt that another key has signed") {
    world.server.store.forges = true;
    world.pass(3s);
    CHECK(world.heard.heard("fault bad-signature"));
    world.server.store.forges = false;
  }
  CHECK(world.totals().files == 1);
  CHECK(world.runs == 1);
  world.pass(7min);
  CHECK(world.totals().files == 0);
  CHECK(world.heard.heard("recovered"));
}

TEST_CASE("watch: where the server has no room for this client, one file tries for all") {
  WatchWorld world;
  world.server.faults = refusing_all(RefusalNumber::OverQuota);
  for (int i = 0; i < 300; ++i)
    world.write("f" + std::to_string(i), "content");
  world.pass(3s);
  const auto at_once = puts_heard(world.server);
  CHECK(world.heard.heard("fault over-quota"));
  world.pass(24h);
  // After 1, 2, 4, 8, 16, 25, 25 … min, one each.
  CHECK(puts_heard(world.server) - at_once < 80);
  CHECK(puts_heard(world.server) - at_once > 40);
  CHECK(std::ranges::max(world.heard.delays) <= 30min);
  CHECK(world.totals().files == 300);
  world.write("new", "does not make it try sooner");
  const auto before = puts_heard(world.server);
  world.pass(20s);
  CHECK(puts_heard(world.server) - before <= 1);

  world.stop();
  world.server.faults = {};
  world.restart();
  world.pass(31min);
  CHECK(world.totals().files == 0);
}

TEST_CASE("watch: news change nothing about what the server said") {
  WatchWorld world;
  world.server.faults = refusing_all(RefusalNumber::DiskFull);
  world.write("old", "1");
  world.pass(1h);
  while (world.clock.now() + 60s > world.settle_down())
    world.pass(1s);  // until the next attempt is far away
  const int runs = world.runs;
  world.clock.advance(11s);
  world.write("new", "2");
  world.watcher->network_news();
  world.settle_down();
  CHECK(world.runs == runs);
}

TEST_CASE("watch: a file that changes all the time is not sent all the time") {
  WatchWorld world;
  for (int i = 0; i < 100; ++i) {
    world.write("log", varied(2 << 20, static_cast<unsigned>(i)));
    world.pass(3s);
  }
  // Every 8 s at most, and not every 3 s.
  CHECK(world.server.store.versions_made <= 300 / 8 + 1);
  CHECK(world.server.store.versions_made >= 300 / 20);
  world.pass(10s);
  CHECK(world.server.stored("in/log") == varied(2 << 20, 99));
  CHECK(world.totals().files == 0);
}

TEST_CASE("watch: how often a file is sent again grows with what it costs") {
  CHECK(watch::resend_interval(1000, 0) == 0s);
  CHECK(watch::resend_interval(10 << 20, 0) == 40s);
  CHECK(watch::resend_interval(10 << 20, 2) == 160s);
  CHECK(watch::resend_interval(std::uint64_t{1} << 50, 0) == 1h);
  CHECK(watch::resend_interval(10 << 20, 1'000'000) == 1h);
  WatchWorld world;
  const auto path = world.write("f", varied(2 << 20));
  world.server_is_there = false;
  world.settle_down();
  REQUIRE(world.outbox->together([&](watch::OutboxRows& rows) {
    return rows.kept_changing("in/f", world.clock.now() + 1min);
  }));
  world.server_is_there = true;
  // Neither news nor another change make it go sooner.
  world.write("f", varied(2 << 20, 2));
  world.pass(50s);
  CHECK(world.waiting("in/f")->changes == 1);
  CHECK(world.server.store.versions_made == 0);
  world.pass(20s);
  CHECK(world.server.store.versions_made == 1);
}

TEST_CASE("watch: a server whose older state was restored gets what it has forgotten") {
  WatchWorld world;
  for (int i = 1; i <= 5; ++i) {
    world.write("f" + std::to_string(i), "content " + std::to_string(i));
    world.pass(3s);
  }
  CHECK(world.server.store.versions_made == 5);
  world.stop();
  SUBCASE("it names an older receipt") {
    world.server.store.go_back_to(2);
    world.restart();
    world.write("new", "sent when it connects");
    world.pass(10s);
    CHECK(world.heard.heard("behind at 2: 3"));
    for (int i = 1; i <= 5; ++i)
      CHECK(world.server.stored("in/f" + std::to_string(i)) == "content " + std::to_string(i));
    CHECK(world.server.store.versions_made == 9);
  }
  SUBCASE("it names another receipt with that number") {
    world.server.store.go_back_to(4);
    V4Client other;
    REQUIRE(other.put(world.server, {other.file("elsewhere", "by another program")})
                .summary.acknowledged == 1);
    world.restart();
    world.pass(16min);  // no file is due: it is the report that connects
    CHECK(world.heard.heard("behind at 5: 5"));
    CHECK(world.server.stored("in/f5") == "content 5");
  }
  world.pass(24h);
  CHECK(std::ranges::count_if(world.heard.words, [](const std::string& word) {
          return word.starts_with("behind");
        }) == 1);
}

TEST_CASE("watch: what the server has forgotten is not removed here") {
  WatchWorld world({.removes = true});
  const auto held = world.write("held", "content");
  const UniqueFd reader(::open(held.c_str(), O_RDONLY | O_CLOEXEC));
  world.pass(3s);
  CHECK(world.totals().leaving == 1);
  world.server.store.go_back_to(0);
  world.write("new", "makes it connect");
  world.pass(10s);
  CHECK(world.server.stored("in/held") == "content");
  CHECK(fs::exists(held));
}

TEST_CASE("watch: what a crash left aside is sent under its own name") {
  WatchWorld world;
  world.stop();
  world.write(".sesame-leaving~f", "left");
  world.restart();
  world.pass(3s);
  CHECK(world.told.sorted() == "in/f:ok ");
  CHECK(fs::exists(world.in() / "f"));
}

TEST_CASE("watch: likewise where such names are not looked at") {
  transfer::WalkOptions walk;
  REQUIRE(walk.filter.add(transfer::PathFilter::Verdict::Exclude, ".*"));
  WatchWorld world({.removes = true}, walk);
  const auto held = world.write("f", "content");
  {
    const UniqueFd reader(::open(held.c_str(), O_RDONLY | O_CLOEXEC));
    world.pass(3s);
    world.stop();
  }
  fs::rename(held, world.in() / ".sesame-leaving~f");
  world.restart();
  world.pass(1min);
  CHECK(world.told.sorted() == "in/f:ok in/f:there ");
  CHECK(fs::is_empty(world.in()));
}

TEST_CASE("watch: files of a folder that is not named any more wait until it is") {
  WatchWorld world;
  fs::create_directory(world.client.folder / "other");
  const auto file = world.client.folder.write("other/f", "content");
  world.server_is_there = false;
  world.more_roots = {{.source = world.client.folder / "other", .path = "other"}};
  world.restart();
  world.pass(3s);
  CHECK(world.totals().files == 1);

  const auto others = std::exchange(world.more_roots, {});
  world.server_is_there = true;
  world.restart();
  world.pass(1min);
  CHECK(world.totals().files == 1);
  CHECK(world.totals().parked == 1);
  CHECK(world.totals().parked_example == file);
  CHECK(world.server.stored("other/f") == "(nothing)");
  // Nothing is done about it meanwhile.
  CHECK(world.settle_down() > world.clock.now() + 1min);
  world.pass(24h);
  CHECK(world.totals().files == 1);

  world.more_roots = others;
  world.restart();
  world.pass(3s);
  CHECK(world.server.stored("other/f") == "content");
  CHECK(world.totals().parked == 0);
}

TEST_CASE("watch: files of a folder that is not there are not looked for one by one") {
  WatchWorld world;
  world.server_is_there = false;
  world.write("f", "content");
  world.pass(3s);
  const auto away = world.client.folder / "away";
  fs::rename(world.in(), away);
  world.pass(10min);
  CHECK(world.totals().parked == 1);
  fs::rename(away, world.in());
  world.server_is_there = true;
  world.pass(6min);
  CHECK(world.totals().parked == 0);
  CHECK(world.server.stored("in/f") == "content");
}

}  // namespace sesame::test
