#include "cli/watch_command.hpp"

#include <filesystem>
#include <system_error>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/checks.hpp"
#include "cli/put_session.hpp"
#include "cli/usage_error.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

using transfer::watch::Moment;
using transfer::watch::WatchedRoot;

constexpr auto watch_footer =
    R"(Uploads what is closed after writing, or moved in, below the folders, and keeps at it: over
reboots, broken networks, and a server that is away for a week. What changed while nobody
watched is found when it starts. Nothing is sent twice, nothing is forgotten: 'sesame status'
shows what waits, since when, and why.

Each DIR arrives under its own name, as with 'sesame put -r'; --to puts them into a folder of
the server. Links, sockets, names and the patterns of --exclude and --include are as there
('sesame put --help'). A file is sent when it has not changed for --settle seconds, so many
programs may write below DIR as they like; still, the surest way is to write elsewhere on the
same disk and to move the file in when it is done.

--remove takes each file away from this machine once its receipt is on disk, if it is still
what was sent and nobody has it open (where nobody can tell: if it has not changed for another
minute). Empty folders stay.

A DIR that is not there (a disk that is not mounted) is waited for. A server that is away is
tried again after 1 s, at last every 5 min; a file that it refuses waits by itself, at last 6 h,
or until it changes.

Examples:
  sesame watch /var/spool/measurements
  sesame watch --remove --to outbox-1 /home/me/outgoing
  sesame watch --once --exclude '*.part' ~/exports      from cron
  systemctl --user enable --now sesame-watch            as a service; the arguments are in
      ~/.config/sesame/watch.env: SESAME_WATCH="--remove /home/me/outgoing"

Exit codes: 0 with --once: all is sent; 1 other, also: another watcher is at work; 2 usage,
3 not enrolled, 5 with --once: network fault after all retries, 6 revoked, 7 with --once: the
server (or a key) is not the one it should be, 23 with --once: some files failed, 130 and 143 ended by a
signal: what was under way goes on at the next start. Without --once, a wrong key and a server
that does not know this client are tried again, at last once in an hour; 5 then means: this client
was enrolled anew, start it again.)";

Moment milliseconds(double seconds) {
  return std::chrono::round<Moment>(std::chrono::duration<double>(seconds));
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  const auto [end, at] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace

WatchCommand::WatchCommand(CLI::App& program)
    : command_(program.add_subcommand("watch", "Upload what appears in folders, and keep at it")) {
  command_->footer(watch_footer);
  command_->add_option("folder", folders_, "What to watch, with all below it")
      ->option_text("DIR...")
      ->required();
  command_->add_option("--to", to_, "The folder on the server")
      ->option_text("DIR")
      ->check(check_remote_folder);
  patterns_.add_to(*command_);
  command_->add_flag("--remove", removes_, "Remove files here once their receipts are on disk");
  command_->add_option("--settle", settle_seconds_, "How long a file must not have changed")
      ->option_text("SECONDS (2)")
      ->check(CLI::Range(0.0, 86'400.0));
  command_->add_option("--rescan", rescan_seconds_, "How often all is looked through; 0: never")
      ->option_text("SECONDS (3600)")
      ->check(CLI::Range(0.0, 1e7));
  command_->add_flag("--once", once_, "Send what is there, and end; --retries is for this");
  command_->add_flag("-n,--dry-run", dry_run_, "Show what would be sent, and send nothing");
  connection_.add_rate_to(*command_);
  connection_.add_to(*command_);
  knock_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool WatchCommand::is_chosen() const {
  return command_->parsed();
}

std::string WatchCommand::remote_folder() const {
  return to_.ends_with('/') ? to_.substr(0, to_.size() - 1) : to_;
}

Result<std::vector<WatchedRoot>> WatchCommand::roots() const {
  std::vector<WatchedRoot> roots;
  for (const std::string& folder : folders_) {
    std::error_code fault;
    if (fs::exists(folder, fault) && !fs::is_directory(folder, fault)) {
      return usage_error(
          "watch", "'" + escaped(folder) + "' is no folder; one file is sent with: sesame put");
    }
    WatchedRoot root{.source = fs::absolute(folder),
                     .path = transfer::path_below(remote_folder(), transfer::own_name(folder))};
    const fs::path place = fs::weakly_canonical(root.source, fault);
    for (const WatchedRoot& other : roots) {
      const fs::path other_place = fs::weakly_canonical(other.source, fault);
      const bool overlap = lies_in(place, other_place) || lies_in(other_place, place);
      if (!overlap && root.path != other.path) continue;
      return usage_error("watch",
                         "'" + escaped(other.source.native()) + "' and '" + escaped(folder) +
                             (overlap ? "' overlap: name one of them"
                                      : "' would both be stored as '" + escaped(root.path) +
                                            "': watch one of them with another --to"));
    }
    roots.push_back(std::move(root));
  }
  return roots;
}

Result<WatchPlan> WatchCommand::plan() const {
  auto filter = patterns_.filter("watch");
  if (!filter) return filter.error();
  auto named = roots();
  if (!named) return named.error();
  WatchPlan plan;
  plan.roots = *std::move(named);
  plan.walk = {.recursive = true, .filter = *std::move(filter), .below = remote_folder()};
  plan.options = {.settle = milliseconds(settle_seconds_),
                  .rescan = milliseconds(rescan_seconds_),
                  .removes = removes_,
                  .once = once_};
  return plan;
}

ExitCode WatchCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  auto what = plan();
  if (!what) return fail(what.error(), output_);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);
  if (dry_run_) return dry_run_watch(*std::move(what), *enrolment, *places, output_);
  auto keys = knock_keys(*places);
  auto endpoint = knock_.endpoint("watch", connection_, *enrolment, keys);
  if (!endpoint) return fail(endpoint.error(), output_);
  return run_watch(*what, *endpoint, *enrolment, *places, output_);
}

}  // namespace sesame::cli
