#include "transfer/v4/fetch_engine.hpp"

#include <algorithm>

#include "net/interrupt.hpp"
#include "protocol/v4/requests.hpp"
#include "transfer/v4/broken_protocol.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using net::Clock;
namespace {

constexpr std::size_t most_ahead = 32;
constexpr int most_differences = 3;
constexpr int most_refusals = 3;
constexpr auto pause_after_refusal = std::chrono::milliseconds(500);
constexpr auto report_interval = std::chrono::milliseconds(100);

}  // namespace

FetchRun::Engine::Engine(Endpoint endpoint, FetchOptions options, FetchSource& source,
                         FetchReporter& reporter)
    : endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      source_(source),
      reporter_(reporter),
      retries_(endpoint_.retries) {
  if (const auto rate = endpoint_.bytes_per_second) limit_.emplace(*rate, Clock::now());
}

FetchSummary FetchRun::Engine::run() {
  const auto began = Clock::now();
  if (const auto ended = run_to_the_end(); !ended) {
    summary_.stopped_by = ended.error();
    const Error reason{ended.error().code, "not fetched: the run ended before it was complete"};
    for (const Fetch& fetch : fetches_) {
      if (!fetch.failed) fail(fetch.item, {.error = reason, .left_over = true});
    }
    fetches_.clear();
    reporter_.stopped(ended.error());
  }
  summary_.duration = Clock::now() - began;
  return summary_;
}

Status FetchRun::Engine::run_to_the_end() {
  while (true) {
    const auto fetched = connect_and_fetch();
    if (fetched) return fetched;
    std::erase_if(fetches_, [](const Fetch& fetch) { return fetch.failed; });
    const auto retry = retries_.next(fetched.error());
    if (!retry) return retry.error();
    reporter_.retrying(*retry);
    if (const auto slept = net::sleep_for(retry->delay); !slept) return slept;
  }
}

Status FetchRun::Engine::connect_and_fetch() {
  auto channel = Channel::open(endpoint_);
  if (!channel) return channel.error();
  const auto welcome = channel->login();
  if (!welcome) return welcome.error();
  reporter_.connected(welcome->client_name);
  for (Fetch& fetch : fetches_) {
    if (const auto asked = request(*channel, fetch); !asked) return asked;
  }
  while (true) {
    if (const auto asked = ask_for_more(*channel); !asked) return asked;
    if (fetches_.empty()) {
      channel->say_goodbye();
      return {};
    }
    const auto response = channel->receive();
    if (!response) return response.error();
    if (net::Interrupt::signal()) return Error{ErrorCode::Interrupted, "interrupted by a signal"};
    if (const auto handled = handle(*channel, *response); !handled) return handled;
  }
}

Status FetchRun::Engine::ask_for_more(Channel& channel) {
  while (!exhausted_ && fetches_.size() < most_ahead) {
    auto item = source_.next();
    if (!item) {
      exhausted_ = true;
      break;
    }
    ++summary_.items;
    auto target = FetchTarget::create(options_.root, item->target, options_.overwrite);
    if (!target) {
      fail(*item, {.error = target.error()});
      continue;
    }
    fetches_.push_back({.item = *std::move(item), .target = *std::move(target)});
    if (const auto asked = request(channel, fetches_.back()); !asked) return asked;
  }
  return {};
}

Status FetchRun::Engine::request(Channel& channel, Fetch& fetch) {
  fetch.stream = next_stream_++;
  fetch.head_came = false;
  fetch.resumed_from = fetch.position;
  return channel.send_all(
      encode_fetch(endpoint_.client_id, fetch.stream, fetch.position, fetch.item.path));
}

FetchRun::Engine::Fetches::iterator FetchRun::Engine::find(StreamId stream) {
  return std::ranges::find(fetches_, stream, &Fetch::stream);
}

Status FetchRun::Engine::handle(Channel& channel, const Response& response) {
  if (const auto* head = std::get_if<FileHead>(&response)) return on(*head);
  if (const auto* content = std::get_if<protocol::v4::Content>(&response)) return on(*content);
  if (const auto* done = std::get_if<Done>(&response)) return on_done(channel, done->stream);
  if (const auto* refused = std::get_if<Refused>(&response)) return on_refused(channel, *refused);
  return broken_protocol("it gave an answer that does not belong here");
}

Status FetchRun::Engine::on(const FileHead& head) {
  const auto found = find(head.stream);
  if (found == fetches_.end() || found->head_came) return broken_protocol("it sent a file unasked");
  Fetch& fetch = *found;
  fetch.head_came = true;
  if (!fetch.head) reporter_.item_started(fetch.item, head.size);
  const bool is_another =
      fetch.head && (fetch.head->sha256 != head.sha256 || fetch.head->size != head.size);
  fetch.head = head;
  if (!is_another && fetch.position <= head.size) return {};
  // Another version stands there since the last connection: what came of the first is of no use.
  fetch.position = head.size + 1;  // no content fits there: it is skipped
  return {};
}

Status FetchRun::Engine::on(const protocol::v4::Content& content) {
  const auto found = find(content.stream);
  if (found == fetches_.end() || !found->head_came) {
    return broken_protocol("it sent content unasked");
  }
  Fetch& fetch = *found;
  const bool is_skipped = fetch.failed || fetch.position > fetch.head->size;
  if (is_skipped) return {};
  if (content.offset != fetch.position ||
      content.bytes.size() > fetch.head->size - fetch.position) {
    return broken_protocol("it sent content for another place");
  }
  if (const auto written = fetch.target.write_at(content.offset, content.bytes); !written) {
    fetch.failed = true;
    fail(fetch.item, {.error = written.error()});
    return {};
  }
  fetch.hash.update(content.bytes);
  fetch.position += content.bytes.size();
  retries_.note_progress();
  report_progress(fetch);
  if (!limit_) return {};
  return net::sleep_for(limit_->take(content.bytes.size(), Clock::now()));
}

Status FetchRun::Engine::on_done(Channel& channel, StreamId stream) {
  const auto found = find(stream);
  if (found == fetches_.end() || !found->head_came)
    return broken_protocol("it ended what it had not begun");
  Fetch& fetch = *found;
  if (fetch.failed) {
    fetches_.erase(found);
    return {};
  }
  if (fetch.position < fetch.head->size) return broken_protocol("it ended a file before its end");
  const bool is_right =
      fetch.position == fetch.head->size && fetch.hash.finish() == fetch.head->sha256;
  if (!is_right && ++fetch.differences <= most_differences) {
    if (const auto cleared = start_over(fetch); !cleared) {
      fail(fetch.item, {.error = cleared.error()});
      fetches_.erase(found);
      return {};
    }
    return request(channel, fetch);
  }
  const Status completed =
      is_right ? complete(fetch)
               : Error{ErrorCode::HashDiffers, "what came is not what its SHA-256 says"};
  if (!completed) fail(fetch.item, {.error = completed.error()});
  fetches_.erase(found);
  return {};
}

Status FetchRun::Engine::on_refused(Channel& channel, const Refused& refused) {
  const Error error = to_error(refused.number, refused.text);
  if (refused.stream == 0) return error;
  const auto found = find(refused.stream);
  if (found == fetches_.end()) return broken_protocol("it refused what was not asked");
  Fetch& fetch = *found;
  const Remedy remedy = remedy_for(refused.number);
  if (remedy == Remedy::Stop) return error;
  const bool again = remedy != Remedy::GiveUp && ++fetch.refusals <= most_refusals && !fetch.failed;
  if (again) {
    if (const auto slept = net::sleep_for(pause_after_refusal * fetch.refusals); !slept) {
      return slept;
    }
    if (const auto cleared = start_over(fetch); cleared) return request(channel, fetch);
  }
  if (!fetch.failed) fail(fetch.item, {.error = error, .refused = true});
  fetches_.erase(found);
  return {};
}

Status FetchRun::Engine::start_over(Fetch& fetch) {
  fetch.position = 0;
  fetch.hash.reset();
  return fetch.target.clear();
}

Status FetchRun::Engine::complete(Fetch& fetch) {
  const auto placed = fetch.target.commit({fetch.head->mtime, fetch.head->mode});
  if (!placed) return placed;
  ++summary_.fetched;
  summary_.bytes += fetch.head->size;
  retries_.note_progress();
  reporter_.item_fetched(fetch.item, {.size = fetch.head->size,
                                      .sha256 = fetch.head->sha256,
                                      .seq = fetch.head->seq,
                                      .resumed_from = fetch.resumed_from});
  return {};
}

void FetchRun::Engine::fail(const FetchItem& item, const ItemFailure& failure) {
  if (failure.refused) ++summary_.refused;
  reporter_.item_failed(item, failure);
}

void FetchRun::Engine::report_progress(const Fetch& fetch) {
  const auto now = Clock::now();
  if (now < next_report_) return;
  next_report_ = now + report_interval;
  reporter_.progress(fetch.item, fetch.position, fetch.head->size);
}

}  // namespace sesame::transfer::v4
