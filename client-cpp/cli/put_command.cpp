#include "cli/put_command.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/display.hpp"
#include "cli/checks.hpp"
#include "cli/usage_error.hpp"

namespace sesame::cli {
namespace {

using transfer::RootSource;
using transfer::SourceRoot;

constexpr auto put_footer =
    R"(A file arrives under its own name, a folder (-r) under its own name with all that is in
it; --to puts them into a folder of the server. What is there already, with the same content
and time, makes no second version, and an upload that was cut goes on where it was.
Symbolic links are followed where they are named, not where they are found in a folder.
Sockets, pipes and devices in a folder are skipped. Names that not every system takes (they
end in a dot or a space, hold \ or :, are CON or the like, are not UTF-8) are not sent.

Patterns of --exclude and --include: the first that matches decides, in the order in which
they stand; what none matches is sent. They are held against the path on the server below
--to, so the first name is that of the PATH.
  *.tmp       any file or folder with such a name   cache/     folders alone
  a/*.log     logs in any folder a                  /src/gen   only at the top
  **  also matches /     ?  one character     [a-z] [!a-z]  one of a set     \*  a star
Nothing below an excluded folder is looked at.

--files-from names files one a line. Each keeps the path that it has in the list; relative
ones are looked for here, absolute ones lose their first /.

With the gate of the server shut, --knock knocks before each connection, also before those that
take the place of one that broke ('sesame knock --help').

Examples:
  sesame put report.pdf
  sesame put -r /var/log/app --to web-1 --exclude '*.tmp'
  pg_dump shop | sesame put - --to backups/shop.sql
  find . -mtime -1 -type f -print0 | sesame put -0 --files-from -

Exit codes: 0 every file acknowledged, 1 other, 2 usage, 3 not found or not enrolled,
5 network fault after all retries, 6 refused by the server, 7 the server (or a key) is not
the one it should be, 23 some files failed, 130 and 143 ended by a signal.)";

std::string without_slash(const std::string& path) {
  return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

}  // namespace

PutCommand::PutCommand(CLI::App& program)
    : command_(program.add_subcommand("put", "Upload files and folders")) {
  command_->footer(put_footer);
  command_->add_option("path", paths_, "What to upload; - is standard input")
      ->option_text("PATH...");
  command_->add_option("--to", to_, "The folder on the server; for - alone, the name there")
      ->option_text("DIR")
      ->check(check_remote_folder);
  command_->add_option("--as", as_, "Store one file, or -, under this name")
      ->option_text("NAME")
      ->check(check_remote_folder);
  command_->add_flag("-r,--recursive", recursive_, "Send folders, with all that is in them");
  command_->add_option("--files-from", files_from_, "Upload what this list names; - is stdin")
      ->option_text("FILE");
  command_->add_flag("-0,--null", null_ended_, "Names in the list end with a NUL, not a line end");
  patterns_.add_to(*command_);
  command_->add_flag("-n,--dry-run", dry_run_, "Show what would be sent, and send nothing");
  connection_.add_rate_to(*command_);
  connection_.add_to(*command_);
  knock_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
  output_.add_progress_to(*command_);
}

bool PutCommand::is_chosen() const {
  return command_->parsed();
}

std::string PutCommand::remote_folder() const {
  return without_slash(to_);
}

Result<std::vector<SourceRoot>> PutCommand::named_roots() const {
  std::vector<SourceRoot> roots;
  std::map<std::string, std::string> taken;
  if (!as_.empty() && paths_.size() != 1) return usage_error("put", "--as is for one file");
  for (const std::string& path : paths_) {
    SourceRoot root{.source = path, .path = {}, .is_stdin = path == "-"};
    if (!as_.empty()) {
      root.path = transfer::path_below(remote_folder(), as_);
    } else if (!root.is_stdin) {
      root.path = transfer::path_below(remote_folder(), transfer::own_name(path));
    } else if (paths_.size() == 1 && !to_.empty() && !to_.ends_with('/')) {
      root.path = to_;
    } else {
      return usage_error("put", "standard input has no name: --as gives it one");
    }
    const auto [other, is_new] = taken.emplace(root.path, path);
    if (!is_new) {
      return usage_error("put", "'" + escaped(other->second) + "' and '" + escaped(path) +
                                    "' would both be stored as '" + escaped(root.path) +
                                    "': send one of them with another --to");
    }
    roots.push_back(std::move(root));
  }
  return roots;
}

Result<std::unique_ptr<RootSource>> PutCommand::listed_roots() const {
  const bool is_stdin = files_from_ == "-";
  UniqueFd list(is_stdin ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                         : ::open(files_from_.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string name = is_stdin ? "standard input" : escaped(files_from_);
  if (!list.is_open()) return error_from_errno(errno, name);
  return std::unique_ptr<RootSource>(std::make_unique<transfer::RootList>(
      std::move(list), name, null_ended_ ? '\0' : '\n', remote_folder()));
}

Result<PutPlan> PutCommand::plan() const {
  if (paths_.empty() == files_from_.empty()) {
    return usage_error("put", "name what to upload, or a list of it with --files-from");
  }
  if (!as_.empty() && !files_from_.empty()) return usage_error("put", "--as is for one file");
  auto rules = patterns_.filter("put");
  if (!rules) return rules.error();
  PutPlan plan{.walk = {recursive_, *std::move(rules), remote_folder()}, .roots = nullptr};
  if (!files_from_.empty()) {
    auto listed = listed_roots();
    if (!listed) return listed.error();
    plan.roots = *std::move(listed);
    return plan;
  }

  auto named = named_roots();
  if (!named) return named.error();
  const bool countable = std::ranges::none_of(*named, &SourceRoot::is_stdin);
  if (countable && output_.shows_progress() && !dry_run_) {
    plan.totals = std::make_unique<transfer::SourceTotals>(plan.walk, *named);
  }
  plan.roots = std::make_unique<transfer::RootVector>(*std::move(named));
  return plan;
}

ExitCode PutCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  auto what = plan();
  if (!what) return fail(what.error(), output_);
  if (dry_run_) return dry_run_put(*std::move(what), output_);

  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);
  auto keys = knock_keys(*places);
  const auto endpoint = knock_.endpoint("put", connection_, *enrolment, keys);
  if (!endpoint) return fail(endpoint.error(), output_);
  return run_put(*std::move(what), *endpoint, *enrolment, *places, output_);
}

}  // namespace sesame::cli
