#include <cstdlib>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cli/get_plan.hpp"
#include "cli/progress_line.hpp"
#include "cli/put_human.hpp"
#include "cli/receipt_export.hpp"
#include "cli/units.hpp"
#include "receipt_maker.hpp"
#include "temporary_folder.hpp"

namespace sesame::cli {
namespace {

namespace fs = std::filesystem;

struct stat status_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status;
}

}  // namespace

TEST_CASE("counts, modes and times as people read them") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(999) == "999");
  CHECK(human_count(1'000) == "1,000");
  CHECK(human_count(1'234'567) == "1,234,567");
  CHECK(human_files(1) == "1 file");
  CHECK(human_files(2'000) == "2,000 files");
  CHECK(mode_text(0644, false) == "-rw-r--r--");
  CHECK(mode_text(01777, true) == "drwxrwxrwt");
  CHECK(mode_text(04755, false) == "-rwsr-xr-x");
  CHECK(mode_text(06644, false) == "-rwSr-Sr--");
  CHECK(time_text(0) == "1970-01-01 00:00:00");
  CHECK(time_text(-1) == "1969-12-31 23:59:59");
  CHECK(time_text(1'767'323'045'678'000'000) == "2026-01-02 03:04:05");
}

TEST_CASE("the progress of a run") {
  using std::chrono::seconds;
  CHECK(run_progress_text({.done_files = 1'234}) == "1,234 files  0 B");
  CHECK(run_progress_text({.done_files = 5,
                           .all_files = 10,
                           .done_bytes = 512,
                           .all_bytes = 1024,
                           .sent_bytes = 256,
                           .elapsed = seconds(1)}) ==
        "5 of 10 files  50%  512 B of 1.0 KiB  256 B/s  2.0 s left");
  // All empty; and more sent than there was, because the files grew.
  CHECK(run_progress_text({.done_files = 5, .all_files = 10}) == "5 of 10 files  50%  0 B of 0 B");
  CHECK(run_progress_text({.done_files = 1, .all_files = 1, .done_bytes = 20, .all_bytes = 10}) ==
        "1 of 1 file  100%  10 B of 10 B");
}

TEST_CASE("a line is cut between characters") {
  CHECK(cut_to("abc", 5) == "abc");
  CHECK(cut_to("abc", 2) == "ab");
  CHECK(cut_to("äöü", 2) == "äö");
  CHECK(cut_to("abc", 0) == "");
}

TEST_CASE("what a put ends with") {
  CHECK(exit_code(PutTotals{}) == ExitCode::Done);
  CHECK(exit_code(PutTotals{.files = 2, .acknowledged = 2}) == ExitCode::Done);
  CHECK(exit_code(PutTotals{.files = 2, .acknowledged = 1, .failed = 1}) == ExitCode::SomeFailed);
  CHECK(exit_code(PutTotals{.files = 1, .failed = 1, .missing = 1}) == ExitCode::NotFound);
  CHECK(exit_code(PutTotals{.files = 1, .failed = 1, .refused = 1}) == ExitCode::Refused);
  CHECK(exit_code(PutTotals{.files = 2, .failed = 2, .refused = 1}) == ExitCode::SomeFailed);
  PutTotals stopped{.files = 1, .acknowledged = 1};
  stopped.stopped_by = Error{ErrorCode::ConnectionLost, ""};
  CHECK(exit_code(stopped) == ExitCode::NetworkFault);
  stopped.stopped_by = Error{ErrorCode::IdentityMismatch, ""};
  CHECK(exit_code(stopped) == ExitCode::Identity);
  stopped.stopped_by = Error{ErrorCode::Revoked, ""};
  CHECK(exit_code(stopped) == ExitCode::Refused);
}

TEST_CASE("get: where files go") {
  const test::TemporaryFolder folder;
  const auto order = [](std::vector<std::string> paths, const std::string& out = "",
                        bool recursive = false) {
    return read_get_order(std::move(paths), out, recursive).value();
  };
  CHECK(order({"a/b.txt"}).folder == ".");
  CHECK(order({"a/b.txt"}).only_name == "");
  CHECK(order({"a/b.txt"}, "x/c.txt").folder == "x");
  CHECK(order({"a/b.txt"}, "x/c.txt").only_name == "c.txt");
  CHECK(order({"a/b.txt"}, "c.txt").folder == ".");
  CHECK(order({"a/b.txt"}, "x/").folder == "x/");
  CHECK(order({"a/b.txt"}, folder.path()).folder == folder.path());
  CHECK(order({"a", "b"}, "x").folder == "x");
  CHECK(order({"a"}, "x", true).folder == "x");
  CHECK(order({"a", "./x"}).folder == "./x");
  CHECK(order({"a", "x/"}).folder == "x/");
  CHECK(order({"a", "."}).remotes == std::vector<std::string>{"a"});
  CHECK(order({"a/", "b"}).remotes == std::vector<std::string>{"a", "b"});
  for (const char* const path : {"", "/a", "../a", ".", "a//b", "con"})
    CHECK_FALSE(read_get_order({path}, "", false));
  CHECK_FALSE(read_get_order({"a", "./x"}, "y", false));
  CHECK_FALSE(read_get_order({"a"}, "x/..", false));
}

TEST_CASE("get: a folder gets its mode and time, and no link is followed on the way to it") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "root");
  REQUIRE(finish_folder(folder / "root", {"a/b", 1'000'000'000'500'000'000, 04750}));
  const auto status = status_of(folder / "root/a/b");
  CHECK((status.st_mode & 07777) == 0750);
  CHECK(status.st_mtim.tv_sec == 1'000'000'000);
  CHECK(status.st_mtim.tv_nsec == 500'000'000);
  REQUIRE(finish_folder(folder / "root", {"a/b", -500'000'000, 0700}));
  CHECK(status_of(folder / "root/a/b").st_mtim.tv_sec == -1);

  fs::create_directories(folder / "outside");
  fs::create_symlink(folder / "outside", folder / "root/link");
  CHECK_FALSE(finish_folder(folder / "root", {"link", 0, 0}));
  CHECK_FALSE(finish_folder(folder / "root", {"link/below", 0, 0}));
  CHECK_FALSE(fs::exists(folder / "outside/below"));
}

TEST_CASE("words of a command line") {
  CHECK(shell_word("a/b-1.json") == "a/b-1.json");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("a'b") == "'a'\\''b'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("$(x)") == "'$(x)'");
  CHECK(shell_word("a\\b") == "'a\\b'");
  CHECK(shell_word("a\nb") == "$'a\\x0ab'");
  CHECK(shell_word("\x1b[2J") == "$'\\x1b\\x5b2J'");
}

TEST_CASE("an exported receipt is checked by the line that comes with it") {
  const test::TemporaryFolder folder;
  const test::ReceiptMaker maker;
  const auto command =
      export_receipt(maker.make({}), maker.key(), "it's me.txt", folder / "proof here");
  REQUIRE(command);
  CHECK(fs::exists(folder / "proof here/it's me.txt.receipt.json"));
  if (std::system("command -v ssh-keygen > /dev/null") != 0) {
    MESSAGE("skipped: there is no ssh-keygen (Debian: openssh-client)");
    return;
  }
  CHECK(std::system((*command + " > /dev/null 2>&1").c_str()) == 0);
  const test::ReceiptMaker other;
  REQUIRE(export_receipt(maker.make({}), other.key(), "it's me.txt", folder / "proof here"));
  CHECK(std::system((*command + " > /dev/null 2>&1").c_str()) != 0);
}

}  // namespace sesame::cli
