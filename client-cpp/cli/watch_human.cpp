#include "cli/watch_human.hpp"

#include <cstdio>

#include "base/display.hpp"
#include "cli/units.hpp"

namespace sesame::cli {

using transfer::watch::Moment;
using transfer::watch::WatchedRoot;
namespace {

std::string folders_text(std::size_t count) {
  return human_count(count) + (count == 1 ? " folder" : " folders");
}

}  // namespace

void WatchHuman::print(Verbosity from, const std::string& line) const {
  if (verbosity_ >= from) std::fprintf(stderr, "%s\n", line.c_str());
}

void WatchHuman::rescan_began(const std::string& why) {
  print(Verbosity::Verbose, "looking through everything: " + why);
}

void WatchHuman::watching(std::size_t folders) {
  // Each rescan comes to this.
  print(std::exchange(is_watching_, true) ? Verbosity::Verbose : Verbosity::Normal,
        "watching " + folders_text(folders));
}

void WatchHuman::root_lost(const WatchedRoot& root, const std::string& why) {
  print(Verbosity::Quiet,
        "✗ " + escaped(root.source.native()) + ": " + why + "; waiting for it to come back");
}

void WatchHuman::root_came(const WatchedRoot& root) {
  print(is_watching_ ? Verbosity::Normal : Verbosity::Verbose,
        escaped(root.source.native()) + " is there");
}

void WatchHuman::watches_used_up(std::size_t folders) {
  print(Verbosity::Quiet,
        "sesame: the kernel watches " + folders_text(folders) +
            " for us and no more; what appears in the others is found by looking (--rescan). To "
            "raise the limit: sudo sysctl fs.inotify.max_user_watches=" +
            std::to_string((folders + 100'000) * 2));
}

void WatchHuman::watches_suffice() {
  print(Verbosity::Normal, "the kernel watches all folders again");
}

void WatchHuman::fault(const Error& reason, Moment delay) {
  const bool is_known = reason.message == last_fault_;
  last_fault_ = reason.message;
  print(is_known ? Verbosity::Verbose : Verbosity::Quiet,
        "sesame: " + reason.message + "; trying again in " + human_duration(delay));
}

void WatchHuman::recovered() {
  last_fault_.clear();
  print(Verbosity::Quiet, "sesame: files are taken again");
}

void WatchHuman::removed(const std::filesystem::path& source) {
  print(Verbosity::Verbose, "removed " + escaped(source.native()));
}

void WatchHuman::not_removed(const std::filesystem::path& source, const Error& reason) {
  print(Verbosity::Quiet,
        "✗ " + escaped(source.native()) + ": sent, but cannot be removed: " + reason.message);
}

void WatchHuman::kept_aside(const std::filesystem::path& source,
                            const std::filesystem::path& kept_as) {
  print(Verbosity::Quiet, "✗ " + escaped(source.native()) +
                              ": another file took its name while it was looked at; it is kept, "
                              "and sent, as " +
                              escaped(kept_as.filename().native()));
}

void WatchHuman::no_leases(const std::filesystem::path& source) {
  print(Verbosity::Verbose,
        escaped(source.native()) +
            ": nobody can tell here whether somebody has it open (no leases: another user's file, "
            "or a network file system); files like it are removed when they have not changed for "
            "another minute");
}

void WatchHuman::server_behind(std::uint64_t last_receipt, std::uint64_t files) {
  print(Verbosity::Quiet, "sesame: the server knows no receipt after number " +
                              std::to_string(last_receipt) +
                              ": an older state of it was restored; " + human_files(files) +
                              " that came later are offered again, as far as they are still here");
}

void WatchHuman::skipped(const std::filesystem::path& source, const std::string& why) {
  print(Verbosity::Verbose, "skipped " + escaped(source.native()) + ": " + why);
}

void WatchHuman::not_found_out(const std::filesystem::path& source, const Error& reason) {
  print(Verbosity::Quiet, "✗ " + escaped(source.native()) + ": " + reason.message);
}

}  // namespace sesame::cli
