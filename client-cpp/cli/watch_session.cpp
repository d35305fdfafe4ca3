#include "cli/watch_session.hpp"

#include <algorithm>
#include <cstdio>

#include "base/display.hpp"
#include "cli/json_line.hpp"
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

/// Until it is looked whether there is room for an outbox.
constexpr auto room_interval = std::chrono::seconds(30);

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

/// Whether this client was enrolled anew since.
class EnrolmentCheck {
 public:
  EnrolmentCheck(const config::Places& places, const transfer::Enrolment& enrolment)
      : store_(places.config), enrolment_(enrolment) {}

  /// Looks, where the last time is a minute ago. What cannot be read now may be later.
  Status look() {
    const auto now = net::Clock::now();
    if (now < next_look_) return {};
    next_look_ = now + interval;
    const auto profile = store_.profile();
    const bool is_same = !profile || !*profile || **profile == enrolment_.profile;
    if (is_same) return {};
    return Error{ErrorCode::Unavailable,
                 "this client was enrolled anew: started again, this watches for its new server"};
  }

  static constexpr Moment interval = std::chrono::minutes(1);

 private:
  transfer::EnrolmentStore store_;
  const transfer::Enrolment& enrolment_;
  net::Clock::time_point next_look_ = net::Clock::now() + interval;
};

/// Turns, and waits between them. Gives why that ended; nothing at the end of a watch that was to
/// end.
std::optional<Error> go_on(Watcher& watcher, const WatchClock& clock, WatchService& service,
                           EnrolmentCheck check) {
  auto network = net::NetworkNews::listen();
  while (true) {
    if (network.take()) watcher.network_news();
    if (const auto checked = check.look(); !checked) return checked.error();
    const auto next = watcher.turn();
    if (!next) return next.error();
    if (watcher.is_done()) return std::nullopt;
    Moment wait = std::clamp(*next - clock.now(), Moment(0), EnrolmentCheck::interval);
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
    const auto& fault = watcher.last_fault();
    // Of files that find no room, the others may have.
    if (fault && fault->code != ErrorCode::OverQuota) return exit_code(*fault);
    return fault || watcher.has_failures() ? ExitCode::SomeFailed : ExitCode::Done;
  }
  // To whoever starts it again, that is as if there was no enrolment.
  return ended->code == ErrorCode::NotJoined ? ExitCode::NotFound : exit_code(*ended);
}

/// Takes one that is damaged out of the way, and says so.
Status keep_damaged(const std::filesystem::path& folder, const Error& reason,
                    const OutputOptions& output) {
  const auto kept = Outbox::set_aside(folder);
  if (!kept) return kept.error();
  std::fprintf(stderr, "sesame: %s; it is kept as %s, and all is looked through anew\n",
               reason.message.c_str(), escaped(kept->native()).c_str());
  if (output.json()) print_json({{"event", "outbox-damaged"}, {"kept", kept->native()}});
  return {};
}

/// One that is damaged is taken out of the way; where there is no room for one, that is waited for.
Result<Outbox> open_outbox(const std::filesystem::path& folder, bool waits_for_room,
                           const OutputOptions& output) {
  while (true) {
    auto outbox = Outbox::open(folder);
    if (outbox) return outbox;
    const Error& reason = outbox.error();
    if (reason.code == ErrorCode::Damaged) {
      if (const auto kept = keep_damaged(folder, reason, output); !kept) return kept.error();
    } else if (reason.code == ErrorCode::NoSpace && waits_for_room) {
      fail(reason, output);
      const auto waited = net::sleep_for(room_interval);
      if (!waited) return waited.error();
    } else {
      return outbox;
    }
  }
}

struct End {
  std::optional<Error> error;
  ExitCode exit;
};

/// Until it ends, by whatever.
End watch_with(Outbox& outbox, WatchPlan plan, v4::Endpoint endpoint, v4::ReceiptSink& receipts,
               EnrolmentCheck check, WatchListeners& listeners) {
  auto inotify = Inotify::open();
  if (!inotify) return {inotify.error(), exit_code(inotify.error())};
  for (WatchedRoot& root : plan.roots) {
    const auto was_mount =
        outbox.read([&](OutboxRows& rows) { return rows.was_mount(root.source); });
    if (!was_mount) return {was_mount.error(), exit_code(was_mount.error())};
    root.was_mount = *was_mount;
  }
  // The watcher itself tries again, and remembers why it has to.
  if (!plan.options.once) endpoint.retries = 0;
  const SystemClock clock;
  OutboxTeller teller(outbox, listeners.troubles(), clock);
  endpoint.waiting_teller = &teller;
  Watcher watcher(plan.options, *std::move(inotify), std::move(plan.roots), std::move(plan.walk),
                  {.outbox = outbox,
                   .clock = clock,
                   .send =
                       [&](v4::ItemSource& source, v4::PutReporter& reporter) {
                         return v4::PutRun(endpoint, {.restarts_of_changed = 0}, source, receipts,
                                           reporter)
                             .run();
                       },
                   .reporter = listeners.of_files(),
                   .listener = listeners.of_watching()});
  auto ended = go_on(watcher, clock, listeners.service(), std::move(check));
  const ExitCode exit = exit_of(ended, watcher);
  return {std::move(ended), exit};
}

}  // namespace

ExitCode run_watch(const WatchPlan& plan, const v4::Endpoint& endpoint,
                   const transfer::Enrolment& enrolment, const config::Places& places,
                   const OutputOptions& output) {
  net::Interrupt::install();
  const std::string pin = enrolment.server_pin().to_string();
  auto receipts =
      transfer::ReceiptStore::open(places.receipts_of(pin), enrolment.profile.receipt_key);
  if (!receipts) return fail(receipts.error(), output);
  const auto folder = places.outbox_of(pin, enrolment.profile.client_id.to_hex());
  WatchListeners listeners(output);
  while (true) {
    End end{};
    {
      auto outbox = open_outbox(folder, !plan.options.once, output);
      if (!outbox) return fail(exit_code(outbox.error()), outbox.error(), output);
      end = watch_with(*outbox, plan, endpoint, *receipts, {places, enrolment}, listeners);
    }
    if (end.error && end.error->code == ErrorCode::Damaged) {
      if (const auto kept = keep_damaged(folder, *end.error, output); !kept) {
        return fail(kept.error(), output);
      }
      continue;
    }
    listeners.service().stopping();
    return end.error ? fail(end.exit, *end.error, output) : end.exit;
  }
}

ExitCode dry_run_watch(WatchPlan plan, const transfer::Enrolment& enrolment,
                       const config::Places& places, const OutputOptions& output) {
  auto outbox = Outbox::look(
      places.outbox_of(enrolment.server_pin().to_string(), enrolment.profile.client_id.to_hex()));
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
    return !sent || !*sent || (*sent)->facts != transfer::facts_of(status);
  };
  return dry_run_put(std::move(put), output);
}

}  // namespace sesame::cli
