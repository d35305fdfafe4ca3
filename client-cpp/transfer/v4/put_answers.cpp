#include <algorithm>
#include <string>

#include "transfer/v4/broken_protocol.hpp"
#include "transfer/v4/put_engine.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using Phase = PutJob::Phase;
namespace {

/// After so many refusals that say one of us breaks the protocol, the item is to blame.
constexpr int most_breaches_per_item = 2;

Error unexpected_stream() {
  return broken_protocol("it answered on a stream where nothing like it was asked");
}

}  // namespace

Result<std::size_t> PutRun::Engine::take_answers() {
  std::size_t count = 0;
  while (true) {
    const auto response = channel_->take();
    if (!response) return response.error();
    if (!response->has_value()) return count;
    ++count;
    if (const auto answered = answer(**response); !answered) return answered.error();
  }
}

Status PutRun::Engine::answer(const Response& response) {
  return std::visit(
      [this](const auto& message) -> Status {
        if constexpr (requires { on(message); }) {
          return on(message);
        } else {
          return broken_protocol("it gave an answer that does not belong here");
        }
      },
      response);
}

Status PutRun::Engine::on(const Opened& opened) {
  const auto found = streams_.find(opened.stream);
  if (found == streams_.end() || found->second->phase != Phase::Opening) {
    return unexpected_stream();
  }
  PutJob& job = *found->second;
  LargePart& large = *job.large;
  if (opened.state == Opened::State::Stored) {
    if (large.start_over) return broken_protocol("it will not let an upload start over");
    if (!large.size_known) {
      // Of what will come in, nobody can say yet whether it is that.
      large.start_over = true;
      outbox_.add_frame(encode_open(endpoint_.client_id, job.stream, std::nullopt, true,
                                    job.attributes, job.item.path));
      return {};
    }
    large.stored = opened.sha256;
    job.phase = Phase::Comparing;
    progress_.bytes_resumed += job.size;
    readers_.hash(job);
    return {};
  }
  if (large.size_known && opened.offset > job.size) {
    return broken_protocol("it has more of a file than there is");
  }
  if (opened.offset > large.best_offset) {
    if (large.best_offset == 0) progress_.bytes_resumed += opened.offset;
    large.best_offset = opened.offset;
    retries_.note_progress();
  }
  large.start_over = false;
  job.phase = Phase::Sending;
  readers_.send_from(job, opened.offset);
  return {};
}

Status PutRun::Engine::on(const WindowUpdate& update) {
  if (const auto taken = outbox_.on_window(update.taken); !taken) return taken;
  while (!stream_marks_.empty() && stream_marks_.front().content <= update.taken) {
    const StreamMark& mark = stream_marks_.front();
    mark.job->large->content->forget_before(mark.offset);
    stream_marks_.pop_front();
  }
  return {};
}

Status PutRun::Engine::on(const ReceiptGranted& granted) {
  const auto found = streams_.find(granted.stream);
  const bool asked = found != streams_.end() && (found->second->phase == Phase::Committing ||
                                                 found->second->phase == Phase::Putting);
  if (!asked) return unexpected_stream();
  if (const auto accepted = desk_.accept(granted, found->second); !accepted) return accepted;
  streams_.erase(found);
  retries_.note_progress();
  return {};
}

Status PutRun::Engine::on(const Done& done) {
  const auto found = streams_.find(done.stream);
  if (found == streams_.end()) return unexpected_stream();
  const Phase phase = found->second->phase;
  if (phase != Phase::Placing && phase != Phase::Cancelling) return unexpected_stream();
  PutJobPtr job = take_stream(done.stream);
  if (phase == Phase::Cancelling) {
    conclude(std::move(job));
  } else {
    retries_.note_progress();
    acknowledge(*job, {});
  }
  return {};
}

Status PutRun::Engine::on(const Refused& refused) {
  if (refused.stream == 0) return on_refused_connection(refused);
  const auto found = streams_.find(refused.stream);
  if (found == streams_.end()) return unexpected_stream();
  PutJob& job = *found->second;
  const Error error = to_error(refused.number, refused.text);
  const Remedy remedy = remedy_for(refused.number);
  if (remedy == Remedy::Stop) return error;
  if (remedy == Remedy::Breach && ++job.refusals <= most_breaches_per_item) return error;
  // When a job is being cancelled, the refusal and the cancellation have met on their way.
  if (job.phase == Phase::Cancelling) {
    conclude(take_stream(refused.stream));
  } else {
    Ending ending = ending_for(job, refused);
    let_go(take_stream(refused.stream), std::move(ending));
  }
  return {};
}

Status PutRun::Engine::on_refused_connection(const Refused& refused) {
  if (refused.number == RefusalNumber::Draining) {
    // What is under way will be answered before the server closes.
    draining_ = true;
    return {};
  }
  return to_error(refused.number, refused.text);
}

PutJobPtr PutRun::Engine::take_stream(StreamId stream) {
  auto node = streams_.extract(stream);
  node.mapped()->stream = 0;
  return std::move(node.mapped());
}

}  // namespace sesame::transfer::v4
