#include <array>
#include <cstring>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "net/service_manager.hpp"
#include "temporary_folder.hpp"
#include "transfer/watch/outbox.hpp"

namespace sesame::transfer::watch {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

OutboxTotals totals_of(Outbox& outbox) {
  return outbox.read([](OutboxRows& rows) { return rows.totals(); }).value();
}

}  // namespace

TEST_CASE("outbox: it is its owner's, and one watcher's at a time") {
  const test::TemporaryFolder folder;
  const auto place = folder / "outbox/pin";
  CHECK(Outbox::look(place).error().code == ErrorCode::NotFound);
  CHECK_FALSE(Outbox::watcher(place).value());
  {
    auto outbox = Outbox::open(place);
    REQUIRE(outbox);
    CHECK(mode_of(place) == 0700);
    for (const char* const name : {"outbox.db", "outbox.db-wal", "outbox.lock"})
      CHECK(mode_of(place / name) == 0600);
    CHECK(Outbox::watcher(place).value() == std::to_string(::getpid()));

    const auto second = Outbox::open(place);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::AlreadyExists);
    CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
    CHECK(Outbox::look(place));
  }
  CHECK_FALSE(Outbox::watcher(place).value());
  CHECK(Outbox::open(place));
}

TEST_CASE("outbox: what is damaged, or newer, is said, and left as it is") {
  const test::TemporaryFolder folder;
  const auto file = folder / "outbox.db";
  SUBCASE("damaged") {
    folder.write("outbox.db", std::string(5000, 'x'));
    const auto opened = Outbox::open(folder.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::Damaged);
    CHECK(test::read_text(file) == std::string(5000, 'x'));
    const auto kept = Outbox::set_aside(folder.path());
    REQUIRE(kept);
    CHECK(test::read_text(*kept) == std::string(5000, 'x'));
    CHECK(Outbox::open(folder.path()));
  }
  SUBCASE("newer") {
    {
      auto database = SqlDatabase::open(file, SqlDatabase::Access::Write);
      REQUIRE(database->run("PRAGMA user_version = 2; CREATE TABLE x (y)"));
    }
    const auto opened = Outbox::open(folder.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("newer sesame") != std::string::npos);
    CHECK_FALSE(Outbox::look(folder.path()));
  }
}

TEST_CASE("outbox: files wait, fail, change and arrive") {
  const test::TemporaryFolder folder;
  auto outbox = Outbox::open(folder.path());
  REQUIRE(outbox);
  const FileFacts one{.size = 10, .mtime = 1, .ctime = 2, .inode = ~std::uint64_t{0}};
  const FileFacts two{.size = 30, .mtime = 3, .ctime = 4, .inode = 5};
  const std::string odd("a\nb\xFF", 4);
  REQUIRE(outbox->together([&](OutboxRows& rows) -> Status {
    if (const auto added = rows.changed("p", "/s/p", one, 1s, 5s); !added) return added;
    return rows.changed(odd, "/s/" + odd, one, 2s, 4s);
  }));
  CHECK(totals_of(*outbox).files == 2);
  CHECK(totals_of(*outbox).bytes == 20);
  CHECK(totals_of(*outbox).oldest == 1s);

  const auto due = [&](Moment now) {
    return outbox->read([&](OutboxRows& rows) { return rows.due(now, {}, 10); }).value();
  };
  CHECK(due(3s).empty());
  REQUIRE(due(5s).size() == 2);
  CHECK(due(5s)[0].path == odd);
  CHECK(due(5s)[0].source == "/s/" + odd);
  CHECK(due(5s)[1].facts == one);

  SUBCASE("a failure of an older version is none of the newer one") {
    REQUIRE(outbox->together([&](OutboxRows& rows) -> Status {
      if (const auto again = rows.changed("p", "/s/p", two, 9s, 6s); !again) return again;
      return rows.failed("p", 1, {ErrorCode::Refused, "no"}, 7s, 60s);
    }));
    CHECK(totals_of(*outbox).failed == 0);
    CHECK(totals_of(*outbox).bytes == 40);
    REQUIRE(outbox->together([&](OutboxRows& rows) {
      return rows.failed("p", 2, {ErrorCode::Refused, "no"}, 7s, 60s);
    }));
    CHECK(totals_of(*outbox).failed == 1);
    CHECK(totals_of(*outbox).newest_failure == "no");
    CHECK(totals_of(*outbox).oldest == 1s);  // it has waited since then
  }
  SUBCASE("nor is an older version's arrival") {
    REQUIRE(outbox->together([&](OutboxRows& rows) -> Status {
      if (const auto again = rows.changed("p", "/s/p", two, 9s, 6s); !again) return again;
      return rows.arrived("p", 1, one, {}, 8s, 8s);
    }));
    const auto row = outbox->read([](OutboxRows& rows) { return rows.waiting("p"); }).value();
    REQUIRE(row);
    CHECK(row->due == 8s);
    CHECK(outbox->read([](OutboxRows& rows) { return rows.sent("p"); }).value()->facts == one);
    REQUIRE(
        outbox->together([&](OutboxRows& rows) { return rows.arrived("p", 2, two, {}, 9s, 9s); }));
    CHECK(totals_of(*outbox).files == 1);
  }
  SUBCASE("work that fails leaves nothing") {
    CHECK_FALSE(outbox->together([&](OutboxRows& rows) -> Status {
      if (const auto gone = rows.forget("p"); !gone) return gone;
      return Error{ErrorCode::Io, "no"};
    }));
    CHECK(totals_of(*outbox).files == 2);
  }
  SUBCASE("somebody else may look") {
    auto view = Outbox::look(folder.path());
    REQUIRE(view);
    CHECK(totals_of(*view).files == 2);
    CHECK_FALSE(view->together([](OutboxRows& rows) { return rows.forget("p"); }));
  }
}

TEST_CASE("a service says how it is to whoever started it") {
  const test::TemporaryFolder folder;
  std::string name;
  SUBCASE("at a path") {
    name = folder / "notify";
  }
  SUBCASE("at a name in the kernel") {
    name = "@sesame-test-" + std::to_string(::getpid());
  }
  const UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  auto service = net::ServiceManager::from_environment();
  CHECK(::getenv("NOTIFY_SOCKET") == nullptr);
  CHECK(service.watchdog_interval() == 1500ms);
  const auto said = [&] {
    std::array<char, 200> text{};
    const ssize_t size = ::recv(manager.get(), text.data(), text.size(), MSG_DONTWAIT);
    return std::string(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  };
  service.ready();
  CHECK(said() == "READY=1");
  service.status("3 files wait");
  CHECK(said() == "STATUS=3 files wait");
  service.alive();
  CHECK(said() == "WATCHDOG=1");
  service.stopping();
  CHECK(said() == "STOPPING=1");
}

TEST_CASE("a service that nobody listens to goes on") {
  for (const char* const name : {"", "relative", "/no/such/socket"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    ::setenv("WATCHDOG_USEC", "-1", 1);
    auto service = net::ServiceManager::from_environment();
    service.ready();
    CHECK_FALSE(service.watchdog_interval());
  }
}

}  // namespace sesame::transfer::watch
