#include "cli/ls_command.hpp"

#include <cstdio>
#include <set>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "base/hex.hpp"
#include "cli/checks.hpp"
#include "cli/json_line.hpp"
#include "cli/put_session.hpp"
#include "cli/units.hpp"
#include "net/interrupt.hpp"
#include "transfer/v4/listing.hpp"

namespace sesame::cli {
namespace {

using transfer::v4::ListEntry;

constexpr auto ls_footer =
    R"(Lists what this client has stored on its server, and nobody else's. Without -r, what is
directly in PATH; folders end in /. With -r, everything below it with its whole path.
-l: mode, size, time of change (UTC), number of the receipt, name.

Examples:
  sesame ls
  sesame ls -l logs/2026
  sesame ls -r --json | jq -r 'select(.event == "entry") | .path'

Exit codes: 0 done, 1 other, 2 usage, 3 nothing is stored at PATH, or not enrolled,
5 network fault, 6 refused by the server (it may be write-only for this client), 7 the
server is not the one it should be, 130 and 143 ended by a signal.)";

bool is_folder_of(const ListEntry& entry) {
  return entry.type == ListEntry::Type::Folder;
}

/// A folder that is there for the sake of what is in it alone: nobody said what it looks like.
bool has_no_attributes(const ListEntry& entry) {
  return is_folder_of(entry) && entry.mode == 0 && entry.mtime == 0;
}

std::string long_text(const ListEntry& entry) {
  if (has_no_attributes(entry))
    return "d?????????               -                    -         -  ";
  const bool is_folder = is_folder_of(entry);
  const std::string receipt = entry.seq == 0 ? "-" : "#" + std::to_string(entry.seq);
  std::string line = mode_text(entry.mode, is_folder) + "  ";
  const std::string size = is_folder ? "-" : std::to_string(entry.size);
  line.append(size.size() < 14 ? 14 - size.size() : 0, ' ').append(size);
  line += "  " + time_text(entry.mtime) + "  ";
  return line.append(receipt.size() < 8 ? 8 - receipt.size() : 0, ' ') + receipt + "  ";
}

/// Prints entries in the form that was asked for.
class Printer {
 public:
  Printer(std::string root, bool is_long, bool recursive, bool json)
      : root_(std::move(root)), long_(is_long), recursive_(recursive), json_(json) {}

  Status show(const ListEntry& entry) {
    if (const auto signal = net::Interrupt::signal()) {
      return Error{ErrorCode::Interrupted, "interrupted"};
    }
    anything_ = true;
    const bool is_folder = is_folder_of(entry);
    if (recursive_) {
      print(entry, entry.path + (is_folder ? "/" : ""));
      return {};
    }
    if (entry.path == root_) {
      // A file that was asked for by name; of a folder, what is in it is of interest.
      if (!is_folder) print(entry, entry.path);
      return {};
    }
    const std::size_t begin = root_.empty() ? 0 : root_.size() + 1;
    const std::string_view below = std::string_view(entry.path).substr(begin);
    const auto slash = below.find('/');
    if (slash == std::string_view::npos && !is_folder) {
      print(entry, std::string(below));
    } else if (const auto [name, is_new] = folders_.emplace(below.substr(0, slash)); is_new) {
      print_folder(entry, *name, slash == std::string_view::npos);
    }
    return {};
  }

  /// Something is stored there, even if it is an empty folder.
  [[nodiscard]] bool anything() const { return anything_; }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  /// A folder shows before what is in it; if its own attributes are not stored, it has none.
  void print_folder(const ListEntry& entry, const std::string& name, bool is_itself) {
    ListEntry folder;
    folder.type = ListEntry::Type::Folder;
    folder.path = root_.empty() ? name : root_ + "/" + name;
    if (is_itself) {
      folder.mode = entry.mode;
      folder.mtime = entry.mtime;
    }
    print(folder, name + "/");
  }

  void print(const ListEntry& entry, const std::string& shown) {
    ++entries_;
    bytes_ += entry.size;
    if (json_) {
      const bool is_folder = entry.type == ListEntry::Type::Folder;
      Json event{{"event", "entry"},        {"type", is_folder ? "folder" : "file"},
                 {"path", entry.path},      {"size", entry.size},
                 {"mtime_ns", entry.mtime}, {"mode", entry.mode}};
      if (!is_folder) {
        event["sha256"] = to_hex(entry.sha256);
        event["seq"] = entry.seq;
      }
      print_json(event);
      return;
    }
    std::printf("%s%s\n", long_ ? long_text(entry).c_str() : "", escaped(shown).c_str());
  }

  std::string root_;
  bool long_;
  bool recursive_;
  bool json_;
  std::set<std::string, std::less<>> folders_;
  bool anything_ = false;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

LsCommand::LsCommand(CLI::App& program)
    : command_(program.add_subcommand("ls", "List what is stored on the server")) {
  command_->footer(ls_footer);
  command_->add_option("path", path_, "A file or folder on the server")
      ->option_text("PATH")
      ->check(check_remote_folder);
  command_->add_flag("-l,--long", long_, "Tell more about each");
  command_->add_flag("-r,--recursive", recursive_, "All that is below, with whole paths");
  connection_.add_to(*command_);
  knock_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool LsCommand::is_chosen() const {
  return command_->parsed();
}

ExitCode LsCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);

  net::Interrupt::install();
  const std::string root = path_.ends_with('/') ? path_.substr(0, path_.size() - 1) : path_;
  Printer printer(root, long_, recursive_, output_.json());
  auto keys = knock_keys(*places);
  const auto endpoint = knock_.endpoint("ls", connection_, *enrolment, keys);
  if (!endpoint) return fail(endpoint.error(), output_);
  auto listed = transfer::v4::list(*endpoint, root,
                                   [&](const ListEntry& entry) { return printer.show(entry); });
  std::fflush(stdout);
  if (listed && !root.empty() && !printer.anything()) {
    listed = Error{ErrorCode::NotFound, "nothing is stored at '" + escaped(root) + "'"};
  }
  const ExitCode exit = listed ? ExitCode::Done : exit_code(listed.error());
  if (!listed) fail(listed.error(), output_);
  if (output_.json()) {
    print_json({{"event", "summary"},
                {"entries", printer.entries()},
                {"bytes", printer.bytes()},
                {"exit", static_cast<int>(exit)}});
  }
  return exit;
}

}  // namespace sesame::cli
