#include "transfer/v4/put_engine.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "net/interrupt.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using net::Clock;
using Phase = PutJob::Phase;
namespace {

constexpr std::size_t slab_count = 12;
constexpr unsigned most_readers = 3;
/// How long a batch that is not full may be kept back.
constexpr auto patience = std::chrono::milliseconds(2);
constexpr auto report_interval = std::chrono::milliseconds(100);
/// With a low limit, no frame may take longer than a server waits for it (PROTOCOL 2.7).
constexpr std::uint64_t longest_small_seconds = 4;
constexpr std::size_t smallest_block = 4096;

unsigned reader_count(const PutOptions& options) {
  if (options.readers > 0) return options.readers;
  return std::clamp(std::thread::hardware_concurrency(), 1U, most_readers);
}

}  // namespace

PutRun::Engine::Engine(Endpoint endpoint, PutOptions options, ItemSource& source,
                       ReceiptSink& receipts, PutReporter& reporter)
    : endpoint_(std::move(endpoint)),
      options_(options),
      reporter_(reporter),
      slabs_(slab_count),
      desk_(endpoint_.pin.value_or(crypto::Pin{}), endpoint_.identity->pin(), receipts),
      outbox_(endpoint_.bytes_per_second),
      readers_(reader_count(options), slabs_, ready_),
      scout_(source, endpoint_.client_id, options.stdin_fd, slabs_, ready_),
      retries_(endpoint_.retries) {}

PutSummary PutRun::Engine::run() {
  const auto began = Clock::now();
  const auto ended = run_to_the_end();
  report_progress(true);
  if (!ended) {
    summary_.stopped_by = ended.error();
    give_up_everything(ended.error());
    reporter_.stopped(ended.error());
  }
  summary_.duration = Clock::now() - began;
  return summary_;
}

Status PutRun::Engine::run_to_the_end() {
  while (true) {
    const auto served = connect_and_serve();
    // What the server acknowledged counts, however the connection ended.
    const auto settled = settle_receipts();
    if (!settled) return settled;
    if (served) return served;
    if (const auto again = wait_before_retry(served.error()); !again) return again;
  }
}

Status PutRun::Engine::connect_and_serve() {
  auto channel = Channel::open(endpoint_);
  if (!channel) return channel.error();
  const auto welcome = channel->login();
  if (!welcome) return welcome.error();
  if (const auto begun = desk_.begin(*welcome); !begun) return begun;
  begin_connection(*channel, *welcome);
  reporter_.connected(*welcome);
  auto served = serve();
  if (served) served = say_goodbye();
  leave_connection();
  return served;
}

/// All is sent, so it can be said what is left. Nothing that goes wrong here undoes what was done.
Status PutRun::Engine::say_goodbye() {
  if (const auto settled = settle_receipts(); !settled) return settled;
  report_progress(true);
  if (channel_->tell_waiting(WaitingTeller::Occasion::AllSent)) channel_->say_goodbye();
  return {};
}

void PutRun::Engine::begin_connection(Channel& channel, const Welcome& welcome) {
  channel_ = &channel;
  draining_ = false;
  last_activity_ = Clock::now();
  activity_ = 0;
  outbox_.begin(channel, welcome.window);
  // Of the window, an eighth may be taken without our knowing: what is sent in one go must leave
  // room for that.
  std::size_t small = std::min<std::size_t>(largest_put, welcome.window / 2);
  std::size_t block = std::max<std::size_t>(
      std::min<std::size_t>(largest_block, welcome.window / 2), smallest_block);
  if (const auto rate = endpoint_.bytes_per_second) {
    small = static_cast<std::size_t>(std::min<std::uint64_t>(small, *rate * longest_small_seconds));
    block = static_cast<std::size_t>(
        std::min<std::uint64_t>(block, std::max<std::uint64_t>(*rate, smallest_block)));
  }
  scout_.set_small_limit(small);
  readers_.set_block_size(block);
}

Status PutRun::Engine::serve() {
  while (true) {
    if (net::Interrupt::signal()) {
      return Error{ErrorCode::Interrupted,
                   "interrupted by a signal; what was acknowledged is safe"};
    }
    take_ready();
    revive_later_ones();
    if (const auto fed = feed(); !fed) {
      // The server may have said why before it closed.
      if (const auto last_words = take_answers();
          !last_words && last_words.error().code != ErrorCode::ConnectionLost) {
        return last_words.error();
      }
      if (draining_) return Error{ErrorCode::Unavailable, "the server is stopping"};
      return fed;
    }
    const auto answers = take_answers();
    if (!answers) {
      if (draining_) return Error{ErrorCode::Unavailable, "the server is stopping"};
      return answers.error();
    }
    if (desk_.is_due()) {
      if (const auto settled = settle_receipts(); !settled) return settled;
    }
    report_progress(false);
    if (*answers > 0) continue;
    if (files_are_done() && folders_.empty()) return {};
    if (const auto waited = wait(); !waited) return waited;
  }
}

bool PutRun::Engine::files_are_done() const {
  return exhausted_ && in_scout_ == 0 && streams_.empty() && to_open_.empty() && later_.empty() &&
         lingering_.empty() && feed_.empty() && !scout_.has_unfinished();
}

Status PutRun::Engine::wait() {
  // Folders come when all files are acknowledged, and nothing else is left to wait for.
  if (files_are_done() && !folders_.empty() && !desk_.empty()) return settle_receipts();

  const auto now = Clock::now();
  check_for_silence();
  auto deadline = last_activity_ + endpoint_.timeout;
  deadline = std::min(deadline, desk_.due_at());
  if (!later_.empty()) deadline = std::min(deadline, later_.begin()->first);
  // Also when the moment has come since pump() looked: then it is over at once.
  const bool held_by_rate = !outbox_.is_idle() && !outbox_.waits_for_room();
  if (held_by_rate) deadline = std::min(deadline, outbox_.not_before());
  const bool has_batch = scout_.has_unfinished();
  const bool may_take_batch = has_batch && feed_.empty() && outbox_.is_idle();
  if (may_take_batch) deadline = std::min(deadline, now + patience);

  if (!ready_.begin_wait()) return {};
  if (!has_batch && scout_.has_unfinished()) {
    ready_.end_wait();
    return {};
  }
  const auto waited = channel_->wait(outbox_.waits_for_room(), deadline, ready_.fd());
  ready_.end_wait();
  if (!waited) return waited;

  if (may_take_batch && Clock::now() >= now + patience) {
    if (auto batch = scout_.take_unfinished()) {
      feed_.emplace_back(*std::move(batch));
      admit(feed_.back());
    }
  }
  const bool waits_for_server =
      !outbox_.is_idle() || !feed_.empty() || std::ranges::any_of(streams_, [](const auto& entry) {
        return entry.second->phase != Phase::Sending && entry.second->phase != Phase::Comparing;
      });
  if (Clock::now() < last_activity_ + endpoint_.timeout) return {};
  check_for_silence();
  if (Clock::now() < last_activity_ + endpoint_.timeout) return {};
  if (waits_for_server) return Error{ErrorCode::Timeout, "the server did not react in time"};
  last_activity_ = Clock::now();
  return {};
}

void PutRun::Engine::check_for_silence() {
  const std::uint64_t activity = channel_->received() + outbox_.bytes_taken();
  if (activity == activity_) return;
  activity_ = activity;
  last_activity_ = Clock::now();
}

Status PutRun::Engine::wait_before_retry(const Error& fault) {
  const auto retry = retries_.next(fault);
  if (!retry) return retry.error();
  reporter_.retrying(*retry);
  return net::sleep_for(retry->delay);
}

Status PutRun::Engine::settle_receipts() {
  if (desk_.empty()) return {};
  auto settled = desk_.settle();
  if (!settled) return settled.error();
  for (const auto& [job, receipt, already_there] : *settled) {
    acknowledge(*job, {.size = job->size,
                       .sha256 = job->sha256,
                       .facts = job->facts,
                       .already_there = already_there,
                       .receipt = &receipt});
  }
  return {};
}

void PutRun::Engine::report_progress(bool now) {
  const auto time = Clock::now();
  if (!now && time < next_report_) return;
  next_report_ = time + report_interval;
  progress_.items_acknowledged = summary_.acknowledged;
  summary_.bytes_sent = progress_.bytes_sent;
  reporter_.progress(progress_);
}

}  // namespace sesame::transfer::v4
