#include "cli/put_session.hpp"

#include <cstdio>
#include <vector>

#include <sys/stat.h>

#include "base/display.hpp"
#include "cli/json_line.hpp"
#include "cli/put_human.hpp"
#include "cli/put_json.hpp"
#include "cli/put_tally.hpp"
#include "cli/units.hpp"
#include "net/interrupt.hpp"
#include "transfer/receipt_store.hpp"
#include "transfer/v4/put_run.hpp"

namespace sesame::cli {
namespace {

using transfer::v4::PutItem;

/// The people's listener, and that of programs where it is asked for.
class Listeners {
 public:
  Listeners(const OutputOptions& output, const transfer::SourceTotals* totals)
      : human_(output.verbosity(), output.shows_progress(), totals),
        tally_(output.json() ? std::vector<PutListener*>{&human_, &json_}
                             : std::vector<PutListener*>{&human_}) {}

  PutTally& tally() { return tally_; }

 private:
  PutHuman human_;
  PutJson json_;
  PutTally tally_;
};

void say_would_send(const PutItem& item, const OutputOptions& output) {
  struct stat status {};
  const bool known = item.kind == PutItem::Kind::File && ::lstat(item.source.c_str(), &status) == 0;
  const auto size = static_cast<std::uint64_t>(known ? status.st_size : 0);
  if (output.json()) {
    Json event{{"event", "file"},
               {"path", item.path},
               {"source", item.source.native()},
               {"status", "would-send"}};
    if (known) event["size"] = size;
    print_json(event);
  } else {
    std::printf("would send %s as %s%s\n",
                item.kind == PutItem::Kind::Stdin ? "standard input"
                                                  : escaped(item.source.native()).c_str(),
                escaped(item.path).c_str(),
                known ? (" (" + human_size(static_cast<double>(size)) + ")").c_str() : "");
  }
}

}  // namespace

ExitCode fail(ExitCode exit, const Error& error, const OutputOptions& output) {
  std::fprintf(stderr, "sesame: %s\n", error.message.c_str());
  if (output.json()) print_json_error(error);
  return exit;
}

ExitCode fail(const Error& error, const OutputOptions& output) {
  return fail(exit_code(error), error, output);
}

ExitCode run_put(PutPlan plan, const transfer::v4::Endpoint& endpoint,
                 const transfer::Enrolment& enrolment, const config::Places& places,
                 const OutputOptions& output) {
  net::Interrupt::install();
  const auto folder = places.receipts_of(enrolment.server_pin().to_string());
  auto receipts = transfer::ReceiptStore::open(folder, enrolment.profile.receipt_key);
  if (!receipts) return fail(receipts.error(), output);

  Listeners listeners(output, plan.totals.get());
  PutTally& tally = listeners.tally();
  transfer::SourceWalk walk(std::move(plan.walk), *plan.roots, tally);
  transfer::v4::PutRun run(endpoint, {}, walk, *receipts, tally);
  const auto totals = tally.totals(run.run());
  const ExitCode exit = exit_code(totals);
  tally.summary(totals, exit);
  return exit;
}

ExitCode dry_run_put(PutPlan plan, const OutputOptions& output) {
  net::Interrupt::install();
  plan.totals.reset();
  const auto is_wanted = std::move(plan.is_wanted);
  Listeners listeners(output, nullptr);
  transfer::SourceWalk walk(std::move(plan.walk), *plan.roots, listeners.tally());
  while (const auto item = walk.next()) {
    if (const auto signal = net::Interrupt::signal()) return static_cast<ExitCode>(128 + *signal);
    if (item->kind == PutItem::Kind::Folder) continue;
    if (!is_wanted || is_wanted(*item)) say_would_send(*item, output);
  }
  return exit_code(listeners.tally().totals({}));
}

}  // namespace sesame::cli
