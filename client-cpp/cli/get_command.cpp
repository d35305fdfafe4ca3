#include "cli/get_command.hpp"

#include <ranges>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/get_report.hpp"
#include "cli/put_session.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

constexpr auto get_footer =
    R"(Gets what this client has stored on its server. A file appears whole, with the SHA-256
that the server has for it, or not at all; one that is there is kept, unless --force.
A folder (-r) comes under its own name with all that is in it.

OUT is a folder if there is one of that name, or if it ends in a slash; else it is the name
of the one file. Instead of -o, the last of several paths may be the folder, if it ends in a
slash or begins with /, ./ or ../ (or is . or ..).

Examples:
  sesame get reports/may.pdf
  sesame get reports/may.pdf -o june-is-not.pdf
  sesame get -r logs ./backup/

Exit codes: 0 every file is here, 1 other, 2 usage, 3 not on the server, or not enrolled,
5 network fault after all retries, 6 refused by the server, 7 the server is not the one it
should be, 23 some files failed, 130 and 143 ended by a signal.)";

class ItemList : public transfer::v4::FetchSource {
 public:
  explicit ItemList(std::vector<transfer::v4::FetchItem> items) : items_(std::move(items)) {}

  std::optional<transfer::v4::FetchItem> next() override {
    if (next_ == items_.size()) return std::nullopt;
    return std::move(items_[next_++]);
  }

 private:
  std::vector<transfer::v4::FetchItem> items_;
  std::size_t next_ = 0;
};

/// Counts why files did not come, for the exit code, and gives a hint.
class GetTally : public GetReport {
 public:
  template <typename... Arguments>
  explicit GetTally(bool recursive, Arguments&&... arguments)
      : GetReport(std::forward<Arguments>(arguments)...), recursive_(recursive) {}

  void item_failed(const transfer::v4::FetchItem& item,
                   const transfer::v4::ItemFailure& failure) override {
    const bool is_missing = failure.error.code == ErrorCode::NotFound;
    missing_ += is_missing ? 1 : 0;
    refused_ += failure.refused && !is_missing ? 1 : 0;
    auto shown = failure;
    if (is_missing && !recursive_) shown.error.message += " (if it is a folder: -r)";
    GetReport::item_failed(item, shown);
  }

  [[nodiscard]] ExitCode exit(const transfer::v4::FetchSummary& summary) const {
    const ExitCode exit = exit_code(summary);
    if (exit != ExitCode::SomeFailed || summary.fetched > 0) return exit;
    if (missing_ == summary.items) return ExitCode::NotFound;
    return refused_ == summary.items ? ExitCode::Refused : exit;
  }

 private:
  bool recursive_;
  std::size_t missing_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace

GetCommand::GetCommand(CLI::App& program)
    : command_(program.add_subcommand("get", "Get back what is stored on the server")) {
  command_->footer(get_footer);
  command_->add_option("remote", paths_, "Files on the server; with -r, folders too")
      ->option_text("REMOTE... [DIR]")
      ->required();
  command_->add_option("-o,--out", out_, "Where to, or under which name")->option_text("OUT");
  command_->add_flag("-r,--recursive", recursive_, "Get folders, with all that is in them");
  command_->add_flag("--force", force_, "Replace files that are there already");
  connection_.add_rate_to(*command_);
  connection_.add_to(*command_);
  knock_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
  output_.add_progress_to(*command_);
}

bool GetCommand::is_chosen() const {
  return command_->parsed();
}

ExitCode GetCommand::run() const {
  const auto order = read_get_order(paths_, out_, recursive_);
  if (!order) return fail(order.error(), output_);
  return get(*order);
}

ExitCode GetCommand::get(const GetOrder& order) const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);

  net::Interrupt::install();
  auto keys = knock_keys(*places);
  const auto endpoint = knock_.endpoint("get", connection_, *enrolment, keys);
  if (!endpoint) return fail(endpoint.error(), output_);
  auto plan = plan_get(order, recursive_, *endpoint);
  if (!plan) return fail(plan.error(), output_);
  std::error_code fault;
  std::filesystem::create_directories(order.folder, fault);
  if (fault) {
    return fail({ErrorCode::Io, escaped(order.folder.native()) + ": " + fault.message()}, output_);
  }

  GetTally report(recursive_, output_, order.folder, plan->files.size(), plan->bytes);
  ItemList items(std::move(plan->files));
  transfer::v4::FetchRun run(*endpoint, {order.folder, force_}, items, report);
  const auto summary = run.run();
  ExitCode exit = report.exit(summary);
  // From the inside out: what is made in a folder would change its time.
  for (const GetFolder& folder : plan->folders | std::views::reverse) {
    if (summary.stopped_by) break;
    const auto finished = finish_folder(order.folder, folder);
    if (finished) continue;
    report.folder_failed(finished.error());
    if (exit == ExitCode::Done) exit = ExitCode::SomeFailed;
  }
  report.summary(summary, exit);
  return exit;
}

}  // namespace sesame::cli
