#include "cli/watch_session.hpp"

#include <algorithm>

#include "cli/outbox_teller.hpp"
#include "cli/put_human.hpp"
#include "cli/put_json.hpp"
#include "cli/put_session.hpp"
#include "cli/put_tally.hpp"
#include "cli/watch_human.hpp"
#include "cli/watch_json.hpp"
#include "cli/watch_listener_list.hpp"
#include "cli/watch_service.hpp"
#include "net/interrupt.hpp"
#include "net/network_news.hpp"
#include "net/wait.hpp"
#include "transfer/receipt_store.hpp"

namespace sesame::cli {

using namespace transfer::watch;
namespace v4 = transfer::v4;
namespace {

/// Everybody who is told what becomes of files, and how the watching goes.
class WatchListeners {
 public:
  explicit WatchListeners(const OutputOptions& output)
      : put_human_(output.verbosity(), false, nullptr),
        put_(output.json() ? std::vector<PutListener*>{&put_human_, &put_json_}
                           : std::vector<PutListener*>{&put_human_}),
        human_(output.verbosity()),
        all_(output.json() ? std::vector<WatchListener*>{&human_, &service_, &troubles_, &json_}
                           : std::vector<WatchListener*>{&human_, &service_, &troubles_}) {}

  v4::PutReporter& of_files() { return put_; }
  WatchListener& of_watching() { return all_; }
  WatchService& service() { return service_; }
  [[nodiscard]] const WatchTroubles& troubles() const { return troubles_; }

 private:
  PutHuman put_human_;
  PutJson put_json_;
  PutTally put_;
  WatchHuman human_;
  WatchJson json_;
  WatchService service_;
  WatchTroubles troubles_;
  WatchListenerList all_;
};

/// Turns, and waits between them. Gives why that ended; nothing at the end of a watch that was to
/// end.
std::optional<Error> go_on(Watcher& watcher, const WatchClock& clock, WatchService& service) {
  auto network = net::NetworkNews::listen();
  while (true) {
    if (network.take()) watcher.network_news();
    const auto next = watcher.turn();
    if (!next) return next.error();
    if (watcher.is_done()) return std::nullopt;
    Moment wait = std::max(*next - clock.now(), Moment(0));
    if (const auto most = service.keep_alive()) wait = std::min(wait, *most);
    std::vector<pollfd> fds{{network.fd(), POLLIN, 0}};
    for (const int fd : watcher.fds())
      fds.push_back({fd, POLLIN, 0});
    const auto waited = net::wait_until(fds, net::Clock::now() + wait);
    if (!waited) return waited.error();
  }
}

ExitCode exit_of(const std::optional<Error>& ended, const Watcher& watcher) {
  if (!ended) {
    if (watcher.last_fault()) return exit_code(*watcher.last_fault());
    return watcher.has_failures() ? ExitCode::SomeFailed : ExitCode::Done;
  }
  // To whoever starts it again, that is as if there was no enrolment.
  return ended->code == ErrorCode::NotJoined ? ExitCode::NotFound : exit_code(*ended);
}

}  // namespace

ExitCode run_watch(WatchPlan plan, v4::Endpoint endpoint, const transfer::Enrolment& enrolment,
                   const config::Places& places, const OutputOptions& output) {
  net::Interrupt::install();
  const std::string pin = enrolment.server_pin().to_string();
  auto receipts =
      transfer::ReceiptStore::open(places.receipts_of(pin), enrolment.profile.receipt_key);
  if (!receipts) return fail(receipts.error(), output);
  auto outbox = Outbox::open(places.outbox_of(pin));
  if (!outbox) return fail(ExitCode::Other, outbox.error(), output);
  auto inotify = Inotify::open();
  if (!inotify) return fail(inotify.error(), output);
  const auto recalled = outbox->read([&](OutboxRows& rows) -> Status {
    for (WatchedRoot& root : plan.roots) {
      const auto was_mount = rows.was_mount(root.source);
      if (!was_mount) return was_mount.error();
      root.was_mount = *was_mount;
    }
    return {};
  });
  if (!recalled) return fail(recalled.error(), output);

  // The watcher itself tries again, and remembers why it has to.
  if (!plan.options.once) endpoint.retries = 0;
  const SystemClock clock;
  WatchListeners listeners(output);
  OutboxTeller teller(*outbox, listeners.troubles(), clock);
  endpoint.waiting_teller = &teller;
  Watcher watcher(plan.options, *std::move(inotify), std::move(plan.roots), std::move(plan.walk),
                  {.outbox = *outbox,
                   .clock = clock,
                   .send =
                       [&](v4::ItemSource& source, v4::PutReporter& reporter) {
                         return v4::PutRun(endpoint, {.restarts_of_changed = 0}, source, *receipts,
                                           reporter)
                             .run();
                       },
                   .reporter = listeners.of_files(),
                   .listener = listeners.of_watching()});
  if (const auto begun = watcher.begin(); !begun) return fail(begun.error(), output);
  const auto ended = go_on(watcher, clock, listeners.service());
  listeners.service().stopping();
  const ExitCode exit = exit_of(ended, watcher);
  return ended ? fail(exit, *ended, output) : exit;
}

ExitCode dry_run_watch(WatchPlan plan, const transfer::Enrolment& enrolment,
                       const config::Places& places, const OutputOptions& output) {
  auto outbox = Outbox::look(places.outbox_of(enrolment.server_pin().to_string()));
  if (!outbox && outbox.error().code != ErrorCode::NotFound) return fail(outbox.error(), output);
  std::vector<transfer::SourceRoot> named;
  for (const WatchedRoot& root : plan.roots)
    named.push_back({.source = root.source, .path = root.path});
  PutPlan put{.walk = std::move(plan.walk), .roots = nullptr};
  put.roots = std::make_unique<transfer::RootVector>(std::move(named));
  if (!outbox) return dry_run_put(std::move(put), output);
  put.is_wanted = [&outbox](const v4::PutItem& item) {
    struct stat status {};
    if (::lstat(item.source.c_str(), &status) != 0) return true;
    const auto sent = outbox->read([&](OutboxRows& rows) { return rows.sent(item.path); });
    return !sent || *sent != transfer::facts_of(status);
  };
  return dry_run_put(std::move(put), output);
}

}  // namespace sesame::cli
