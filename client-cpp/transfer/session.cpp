#include "transfer/session.hpp"

#include <utility>

#include "protocol/name_field.hpp"
#include "transfer/file_encryptor.hpp"

namespace sesame::transfer {

using namespace protocol;

namespace {

/// For std::visit.
template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Error breach(ErrorCode code, const std::string& what) {
  return {code, "the server broke the protocol: " + what};
}

}  // namespace

Session::Session(std::string client_name, IdentityStore store, LinkOptions link,
                 crypto::CrcVariant crc, Reporter& reporter)
    : client_name_(std::move(client_name)),
      client_name_field_(*encode_name(client_name_)),
      store_(std::move(store)),
      crc_variant_(crc),
      reporter_(reporter),
      link_(std::move(link)),
      ring_(ciphertext_block) {}

Status Session::recall_identity() {
  auto loaded = store_.load(client_name_);
  if (!loaded) return loaded.error();
  identity_ = *std::move(loaded);
  return {};
}

Status Session::open() {
  if (state_ == State::Ready) return {};
  return run(identity_ ? Event::IdentityKnown : Event::IdentityUnknown);
}

Status Session::send(FileJob& job) {
  job_ = &job;
  auto sent = run(Event::FileChosen);
  job_ = nullptr;
  return sent;
}

Status Session::run(Event event) {
  while (true) {
    const auto transition = find_transition(state_, event);
    if (!transition) {
      begin_anew();
      return breach(ErrorCode::UnexpectedResponse, "it gave an answer that does not belong here");
    }
    state_ = transition->to;
    const auto early = perform(transition->action);
    if (state_ == State::Start) link_.drop();
    if (is_resting(state_)) return early ? Status() : early.error();

    const auto next = early ? await_event(*early) : Result<Event>(early.error());
    if (next) {
      event = *next;
    } else if (is_network_fault(next.error().code)) {
      event = lose_connection(next.error());
    } else {
      begin_anew();
      return next.error();
    }
  }
}

Event Session::lose_connection(const Error& why) {
  // Silence is no close: who keeps silent may have read it all.
  const bool closed = why.code == ErrorCode::ConnectionLost;
  const bool stale =
      closed && link_.may_be_stale() && find_transition(state_, Event::ConnectionStale);
  loss_ = why;
  link_.drop();
  return stale ? Event::ConnectionStale : Event::ConnectionLost;
}

void Session::begin_anew() {
  link_.drop();
  state_ = State::Start;
}

Result<Event> Session::await_event(const EarlyResponse& early) {
  if (early) {
    if (std::holds_alternative<GeneralError>(*early)) return Event::RefusedEarly;
    return breach(ErrorCode::UnexpectedResponse, "it answered before it had the whole request");
  }
  const auto response = link_.channel().receive();
  if (!response) return response.error();
  return interpret(*response);
}

Result<Event> Session::interpret(const Response& response) {
  const auto keep_key = [this](const auto& message, Event event) -> Result<Event> {
    if (message.id != identity_->id) {
      return breach(ErrorCode::WrongClient, "it sent a key that is for another client");
    }
    wrapped_key_ = message.wrapped_key;
    return event;
  };
  const Overloaded cases{
      [this](const Registered& message) -> Result<Event> {
        granted_id_ = message.id;
        return Event::Registered;
      },
      [](const RegistrationRefused&) -> Result<Event> { return Event::RegistrationRefused; },
      [&](const AesKeyGranted& message) { return keep_key(message, Event::AesKeyGranted); },
      [this](const FileReceived& message) { return judge_crc(message); },
      [](const Acknowledged&) -> Result<Event> { return Event::Acknowledged; },
      [&](const Reconnected& message) {
        reporter_.reconnected(client_name_);
        return keep_key(message, Event::Reconnected);
      },
      [](const ReconnectRefused&) -> Result<Event> { return Event::ReconnectRefused; },
      [](const GeneralError&) -> Result<Event> { return Event::GeneralError; },
  };
  // A key or a file for which nothing was sent: no state has a transition for these.
  if (!identity_ && std::holds_alternative<AesKeyGranted>(response)) return Event::AesKeyGranted;
  if (!identity_ && std::holds_alternative<Reconnected>(response)) return Event::Reconnected;
  if (!job_ && std::holds_alternative<FileReceived>(response)) return Event::CrcRight;
  return std::visit(cases, response);
}

Result<Event> Session::judge_crc(const FileReceived& received) {
  if (received.id != identity_->id) {
    return breach(ErrorCode::WrongClient, "it received the file for another client");
  }
  if (received.file_name != job_->name || received.content_size != job_->content_size()) {
    return breach(ErrorCode::WrongEcho, "its answer is about another file, or another size");
  }
  if (received.crc == job_->crc) return Event::CrcRight;

  ++job_->crc_differences;
  reporter_.crc_differs({job_->name, job_->crc_differences, FileJob::most_sends,
                         job_->crc.value_or(CrcBytes{}), received.crc});
  return job_->crc_differences < FileJob::most_sends ? Event::CrcWrong : Event::CrcWrongTooOften;
}

}  // namespace sesame::transfer
