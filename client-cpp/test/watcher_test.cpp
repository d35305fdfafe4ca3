#include "transfer/watch/watcher.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch_world.hpp"

namespace sesame::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("watch: a file is sent when it has not changed for the settle time") {
  WatchWorld world;
  world.settle_down();
  CHECK(world.heard.heard("watching"));
  world.write("f", "content");
  const auto next = world.settle_down();
  CHECK(next == world.clock.now() + 2s);
  CHECK(world.totals().files == 1);
  CHECK(world.totals().bytes == 7);

  world.clock.advance(1s);
  world.write("f", "changed");
  world.pass(1500ms);
  CHECK(world.told.outcomes.empty());
  world.pass(600ms);
  CHECK(world.told.sorted() == "in/f:ok ");
  CHECK(world.server.stored("in/f") == "changed");
  CHECK(world.totals().files == 0);
  CHECK(world.sink.flushed == 1);
}

TEST_CASE("watch: what has been sent is not sent again, neither after a restart") {
  WatchWorld world;
  world.write("f", "content");
  fs::create_directories(world.in() / "a/b");
  world.write("a/b/g", varied(100'000));
  world.pass(3s);
  CHECK(world.told.sorted() == "in/a/b/g:ok in/f:ok ");
  world.restart();
  world.pass(2h);  // with rescans
  CHECK(world.told.outcomes.size() == 2);
  CHECK(world.server.store.versions_made == 2);
  CHECK(world.runs == 9);  // one that sent, and every 15 min one that tells that nothing waits

  world.stop();
  world.write("f", "changed while nobody watched");
  world.restart();
  world.pass(3s);
  CHECK(world.server.stored("in/f") == "changed while nobody watched");
  CHECK(world.server.store.versions_made == 3);
}

TEST_CASE("watch: folders that come, by any way, are looked through") {
  WatchWorld world;
  const TemporaryFolder elsewhere;
  fs::create_directories(elsewhere / "tree/deep");
  elsewhere.write("tree/deep/moved", "1");
  elsewhere.write("single", "2");
  world.settle_down();
  fs::rename(elsewhere / "tree", world.in() / "tree");
  fs::rename(elsewhere / "single", world.in() / "single");
  fs::create_directories(world.in() / "made/at/once");
  world.write("made/at/once/f", "3");
  world.pass(3s);
  CHECK(world.told.sorted() == "in/made/at/once/f:ok in/single:ok in/tree/deep/moved:ok ");

  SUBCASE("and so are those that are renamed: the files are found at their new places") {
    fs::rename(world.in() / "tree", world.in() / "made/renamed");
    world.settle_down();
    world.write("made/renamed/deep/new", "4");
    world.pass(3s);
    CHECK(world.server.stored("in/made/renamed/deep/moved") == "1");
    CHECK(world.server.stored("in/made/renamed/deep/new") == "4");
  }
  SUBCASE("but not those that are moved away") {
    fs::rename(world.in() / "tree", elsewhere / "tree");
    world.settle_down();
    elsewhere.write("tree/deep/new", "4");
    world.pass(3s);
    CHECK(world.told.outcomes.size() == 3);
  }
}

TEST_CASE("watch: links, files without a name at first, and files that take the place of others") {
  WatchWorld world;
  const auto kept = world.client.folder.write("outside", "linked");
  world.settle_down();
  fs::create_hard_link(kept, world.in() / "hard");
  fs::create_symlink(kept, world.in() / "soft");
  const int unnamed = ::open(world.in().c_str(), O_TMPFILE | O_RDWR, 0600);
  REQUIRE(unnamed >= 0);
  REQUIRE(::write(unnamed, "unnamed", 7) == 7);
  const std::string way = "/proc/self/fd/" + std::to_string(unnamed);
  REQUIRE(::linkat(AT_FDCWD, way.c_str(), AT_FDCWD, (world.in() / "named").c_str(),
                   AT_SYMLINK_FOLLOW) == 0);
  ::close(unnamed);
  world.write(".edited.swp", "by an editor");
  fs::rename(world.in() / ".edited.swp", world.in() / "edited");
  world.pass(3s);
  CHECK(world.server.stored("in/hard") == "linked");
  CHECK(world.server.stored("in/soft") == "(nothing)");
  CHECK(world.server.stored("in/edited") == "by an editor");
  CHECK(world.server.stored("in/.edited.swp") == "(nothing)");
  CHECK(world.totals().files == 0);
  // Our own descriptor was open for writing when it got its name; a rescan finds it for sure.
  world.pass(1h + 3s);
  CHECK(world.server.stored("in/named") == "unnamed");
}

TEST_CASE("watch: a file that somebody is writing waits for its end") {
  WatchWorld world;
  world.settle_down();
  const int file = ::open((world.in() / "log").c_str(), O_CREAT | O_WRONLY, 0600);
  REQUIRE(::write(file, "first ", 6) == 6);
  world.pass(10min);
  CHECK(world.told.outcomes.empty());
  REQUIRE(::write(file, "last", 4) == 4);
  ::close(file);
  world.pass(3s);
  CHECK(world.server.stored("in/log") == "first last");
  CHECK(world.server.store.versions_made == 1);
}

TEST_CASE("watch: names that nobody expects") {
  WatchWorld world;
  world.settle_down();
  world.write("two\nlines", "1");
  world.write("-n \\\xF0\x9F\x98\x80 'q'", "2");
  world.write("not\xFFutf8", "3");
  world.write("CON", "4");
  world.write("good", "5");
  world.pass(3s);
  CHECK(world.server.stored("in/good") == "5");
  // Control characters are no safe names, and a backslash is none either: they wait, and say why.
  for (const char* const name : {"in/not\xFFutf8", "in/CON"}) {
    const auto row = world.waiting(name);
    REQUIRE(row);
    CHECK(row->failures == 1);
    CHECK(row->code == "bad-name");
  }
  CHECK(world.totals().failed == world.totals().files);
  world.restart();
  world.pass(3s);
  CHECK(world.waiting("in/CON")->failures == 1);  // a restart is no reason to try again
  fs::rename(world.in() / "CON", world.in() / "console");
  world.pass(8h);
  CHECK(world.server.stored("in/console") == "4");
  CHECK_FALSE(world.waiting("in/CON"));
}

TEST_CASE("watch: patterns, and a folder on the server") {
  transfer::WalkOptions walk{.below = "to"};
  REQUIRE(walk.filter.add(transfer::PathFilter::Verdict::Exclude, "*.part"));
  REQUIRE(walk.filter.add(transfer::PathFilter::Verdict::Exclude, "cache/"));
  WatchWorld world({}, walk);
  world.settle_down();
  fs::create_directory(world.in() / "cache");
  world.settle_down();
  world.write("cache/f", "1");
  world.write("a.part", "2");
  world.write("a", "3");
  fs::rename(world.in() / "a.part", world.in() / "b");
  world.pass(3s);
  CHECK(world.told.sorted() == "in/a:ok in/b:ok ");
}

TEST_CASE("watch: a rescan finds what was changed without an event") {
  WatchWorld world;
  world.write("f", "one");
  world.pass(3s);
  // Through a mapping, the time of a file moves, and nobody is told.
  const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
  REQUIRE(::utimensat(AT_FDCWD, (world.in() / "f").c_str(), times, 0) == 0);
  world.pass(10min);
  CHECK(world.told.outcomes.size() == 1);
  world.pass(1h);
  CHECK(world.told.outcomes.size() == 2);
  CHECK(world.heard.heard("rescan: it is time"));
}

TEST_CASE("watch: when the kernel's queue overflows, all is looked through") {
  WatchWorld world;
  world.settle_down();
  const auto one = world.in() / "one";
  const auto two = world.in() / "two";
  // Events that are the same as the one before them count once.
  for (int i = 0; i < 9000; ++i) {
    ::close(::open(one.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::close(::open(two.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  fs::create_directory(world.in() / "d");
  world.write("d/late", "found nevertheless");
  world.pass(3s);
  CHECK(world.heard.heard("rescan: the kernel's queue of events overflowed"));
  CHECK(world.server.stored("in/d/late") == "found nevertheless");
  world.write("d/later", "watched, too");
  world.pass(3s);
  CHECK(world.server.stored("in/d/later") == "watched, too");
}

TEST_CASE("watch: a root that goes is waited for, and nothing of it is forgotten") {
  WatchWorld world;
  world.settle_down();
  world.write("f", "content");
  world.settle_down();
  const auto away = world.client.folder / "away";
  fs::rename(world.in(), away);
  world.pass(1min);
  CHECK(world.heard.heard("lost: it was moved away"));
  CHECK(world.totals().files == 1);
  CHECK(world.told.outcomes.empty());
  fs::rename(away, world.in());
  world.pass(10s);
  CHECK(world.heard.heard("came"));
  CHECK(world.told.sorted() == "in/f:ok ");

  fs::remove_all(world.in());
  world.pass(1min);
  world.restart();
  world.pass(1min);
  CHECK(std::ranges::count_if(world.heard.words, [](const std::string& word) {
          return word.starts_with("lost: ");
        }) == 3);
  fs::create_directory(world.in());
  world.pass(5s);
  world.write("g", "new");
  world.pass(3s);
  CHECK(world.server.stored("in/g") == "new");
}

TEST_CASE("watch: once, it ends when nothing is left to be sent now") {
  WatchWorld world({.once = true});
  world.write("f", "content");
  fs::create_directory(world.in() / "d");
  world.write("d/g", varied(200'000));
  while (!world.watcher->is_done())
    world.clock.set(world.settle_down());
  CHECK_FALSE(world.watcher->has_failures());
  CHECK(world.told.sorted() == "in/d/g:ok in/f:ok ");
}

}  // namespace sesame::test
