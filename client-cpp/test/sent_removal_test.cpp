#include "transfer/watch/sent_removal.hpp"

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "temporary_folder.hpp"

namespace sesame::transfer::watch {
namespace {

namespace fs = std::filesystem;
using test::read_text;

FileFacts facts_at(const fs::path& file) {
  struct stat status {};
  REQUIRE(::lstat(file.c_str(), &status) == 0);
  return facts_of(status);
}

Removal remove_now(const fs::path& file, const FileFacts& sent) {
  return SentRemoval(file, sent, false).run().value();
}

}  // namespace

TEST_CASE("removing: what is not what was sent stays") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("f", "sent");
  const auto sent = facts_at(file);
  auto other = sent;
  other.ctime += 1;
  CHECK(remove_now(file, other) == Removal::Changed);
  fs::create_symlink(file, folder / "link");
  CHECK(remove_now(folder / "link", sent) == Removal::Changed);
  CHECK(remove_now(folder / "none", sent) == Removal::Gone);
  CHECK(remove_now(folder.path(), sent) != Removal::Removed);
  CHECK(facts_at(file) == sent);  // none of that has touched it
  CHECK(remove_now(file, sent) == Removal::Removed);
  CHECK_FALSE(fs::exists(file));
  CHECK(folder.entries() == 1);
}

TEST_CASE("removing: what somebody holds open keeps its name all the time") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("f", "sent");
  const auto sent = facts_at(file);
  {
    const UniqueFd reader(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    CHECK(remove_now(file, sent) == Removal::Held);
    CHECK(facts_at(file) == sent);
  }
  CHECK(remove_now(file, sent) == Removal::Removed);
}

TEST_CASE("removing: a file that is moved to the name at any moment stays") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("f", "sent");
  SentRemoval removal(file, facts_at(file), false);
  REQUIRE_FALSE(removal.open().value());

  SUBCASE("before it is set aside: it has its name back") {
    fs::rename(folder.write("new", "not sent"), file);
    REQUIRE_FALSE(removal.set_aside().value());
    CHECK_FALSE(fs::exists(file));
    CHECK(removal.finish().value() == Removal::Changed);
    CHECK(read_text(file) == "not sent");
    CHECK_FALSE(removal.kept_as());
    CHECK(folder.entries() == 1);
  }
  SUBCASE("after that: it is not the one that goes") {
    REQUIRE_FALSE(removal.set_aside().value());
    fs::rename(folder.write("new", "not sent"), file);
    CHECK(removal.finish().value() == Removal::Removed);
    CHECK(read_text(file) == "not sent");
    CHECK(folder.entries() == 1);
  }
  SUBCASE("before and after: both stay, and one has a name that is watched") {
    fs::rename(folder.write("new", "not sent"), file);
    REQUIRE_FALSE(removal.set_aside().value());
    fs::rename(folder.write("newer", "neither"), file);
    CHECK(removal.finish().value() == Removal::Changed);
    CHECK(read_text(file) == "neither");
    REQUIRE(removal.kept_as());
    CHECK(read_text(*removal.kept_as()) == "not sent");
    CHECK_FALSE(is_aside(*removal.kept_as()));
    CHECK(removal.kept_as()->filename().native().starts_with("f.kept-"));
  }
  SUBCASE("it is gone before it is set aside") {
    fs::remove(file);
    CHECK(removal.set_aside().value() == Removal::Gone);
  }
}

TEST_CASE("removing: whoever opens it meanwhile, by another name, keeps it") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("f", "sent");
  const auto other = folder / "other";
  fs::create_hard_link(file, other);
  SentRemoval removal(file, facts_at(file), false);
  REQUIRE_FALSE(removal.open().value());
  REQUIRE_FALSE(removal.set_aside().value());
  // He would wait; this one is told that he would.
  const UniqueFd writer(::open(other.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC));
  CHECK_FALSE(writer.is_open());
  CHECK(removal.finish().value() == Removal::Changed);
  CHECK(read_text(file) == "sent");
}

TEST_CASE("removing: a file with two names loses one") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("f", "sent");
  fs::create_hard_link(file, folder / "other");
  CHECK(remove_now(file, facts_at(file)) == Removal::Removed);
  CHECK(read_text(folder / "other") == "sent");
}

TEST_CASE("removing: what a crash left aside gets a name that is watched") {
  const test::TemporaryFolder folder;
  const auto left = folder.write(".sesame-leaving~f", "left");
  CHECK(is_aside(left));
  CHECK(left == aside_of(folder / "f"));
  SUBCASE("its own") {
    CHECK(put_back(left).value() == folder / "f");
    CHECK(read_text(folder / "f") == "left");
  }
  SUBCASE("another, where that is taken") {
    const auto file = folder.write("f", "sent");
    SentRemoval removal(file, facts_at(file), false);
    CHECK(removal.run().value() == Removal::Held);
    REQUIRE(removal.kept_as());
    CHECK(read_text(*removal.kept_as()) == "left");
    CHECK(remove_now(file, facts_at(file)) == Removal::Removed);
    CHECK(folder.entries() == 1);
  }
}

TEST_CASE("removing: the longest names") {
  const test::TemporaryFolder folder;
  const auto file = folder.write(std::string(255, 'n'), "sent");
  CHECK(remove_now(file, facts_at(file)) == Removal::Removed);
  const auto again = folder.write(std::string(255, 'n'), "sent");
  SentRemoval removal(again, facts_at(again), false);
  REQUIRE_FALSE(removal.open().value());
  fs::rename(folder.write("new", "not sent"), again);
  REQUIRE_FALSE(removal.set_aside().value());
  CHECK(removal.finish().value() == Removal::Changed);
  // Of such a name, not all is known; what matters is that it is watched.
  REQUIRE(removal.kept_as());
  CHECK(read_text(*removal.kept_as()) == "not sent");
  CHECK_FALSE(is_aside(*removal.kept_as()));
}

TEST_CASE("removing: without a lease, only what has looked the same for longer") {
  if (::geteuid() != 0) return;
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  const auto file = folder.write("f", "another user's");
  fs::permissions(file, fs::perms(0644));
  const auto sent = facts_at(file);
  const auto as_nobody = [&](bool is_quiet) {
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr uid_t nobody = 65534;
      if (::setresuid(nobody, nobody, nobody) != 0) ::_exit(99);
      const auto removal = SentRemoval(file, sent, is_quiet).run();
      ::_exit(removal ? static_cast<int>(*removal) : 98);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
  };
  CHECK(as_nobody(false) == static_cast<int>(Removal::Unleased));
  CHECK(facts_at(file) == sent);
  CHECK(as_nobody(true) == static_cast<int>(Removal::Removed));
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("removing: whatever a producer exchanges under the name, nothing unsent vanishes") {
  const test::TemporaryFolder folder;
  const auto name = folder / "f";
  const auto spare = folder / "spare";
  constexpr int rounds = 3000;
  std::set<std::string> back;  // that the producer has again
  std::atomic<bool> is_over = false;
  std::jthread producer([&] {
    for (int i = 0; i < rounds; ++i) {
      folder.write("spare", std::to_string(i));
      // What stands there comes back; where nothing does, it moves in.
      if (::renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) == 0) {
        back.insert(read_text(spare));
      } else if (::renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) !=
                 0) {
        back.insert(read_text(spare));
      }
    }
    is_over = true;
  });
  std::set<std::string> sent;
  int removed = 0;
  while (!is_over) {
    struct stat status {};
    {
      const UniqueFd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
      std::array<char, 16> content{};
      if (!file.is_open() || ::fstat(file.get(), &status) != 0) continue;
      const ssize_t size = ::read(file.get(), content.data(), content.size());
      sent.emplace(content.data(), static_cast<std::size_t>(size));
    }
    const auto removal = SentRemoval(name, facts_of(status), false).run();
    if (removal && *removal == Removal::Removed) ++removed;
  }
  producer.join();
  CHECK(removed > 0);
  std::set<std::string> here;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    here.insert(read_text(entry.path()));
  int lost = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string content = std::to_string(i);
    if (!sent.contains(content) && !back.contains(content) && !here.contains(content)) ++lost;
  }
  CHECK(lost == 0);
}

}  // namespace sesame::transfer::watch
