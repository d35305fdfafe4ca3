#include "transfer/v4/channel.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/v4/requests.hpp"
#include "transfer/v4/broken_protocol.hpp"
#include "transfer/v4/server_check.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
using net::Clock;

namespace {

constexpr std::string_view alpn = "sesame/4";
constexpr std::string_view agent = "sesame (C++)";
// Nothing else is under way when these are used, and they are free again.
constexpr StreamId knock_key_stream = 1;
constexpr StreamId waiting_stream = 1;
constexpr std::size_t buffer_size = std::size_t{128} << 10;

}  // namespace

Channel::Channel(net::TlsConnection connection, const Endpoint& endpoint, crypto::Pin server_pin)
    : connection_(std::move(connection)),
      timeout_(endpoint.timeout),
      client_id_(endpoint.client_id),
      server_pin_(server_pin),
      knock_keeper_(endpoint.knock_keeper),
      waiting_teller_(endpoint.waiting_teller),
      buffer_(buffer_size) {}

Result<Channel> Channel::open(const Endpoint& endpoint) {
  const auto deadline = Clock::now() + endpoint.timeout;
  net::BeforeAttempt knock;
  if (endpoint.knocking) {
    knock = [&](const net::Address& server) {
      return endpoint.knocking->knock_before_connecting(server);
    };
  }
  auto connection = net::connect(endpoint.server, endpoint.family, endpoint.timeout, knock);
  if (!connection) return connection.error();
  crypto::Pin seen;
  net::TlsSettings settings;
  settings.key = endpoint.identity->key();
  settings.certificate = endpoint.identity->certificate();
  settings.alpn = alpn;
  settings.check_peer = expect_server(endpoint.server, endpoint.pin, seen);
  auto secured = net::TlsConnection::handshake(*std::move(connection), settings, deadline);
  if (!secured) return secured.error();
  return Channel(*std::move(secured), endpoint, seen);
}

Result<Welcome> Channel::login() {
  auto welcome = welcomed(encode_hello(client_id_, agent));
  if (!welcome) return welcome;
  if (const auto asked = ask_for_knock_key(*welcome); !asked) return asked.error();
  const auto told = tell_waiting(WaitingTeller::Occasion::Connected);
  if (!told) return told.error();
  return welcome;
}

Result<Welcome> Channel::join(const JoinRequest& request) {
  protocol::NameField name{};
  // With a token the name has no meaning, so it may be missing.
  if (!request.token || !request.name.empty()) {
    const auto encoded = protocol::encode_name(request.name);
    if (!encoded) return encoded.error();
    name = *encoded;
  }
  return welcomed(encode_join(client_id_, request.token, name));
}

Result<Welcome> Channel::welcomed(ByteView request) {
  auto response = ask(request);
  if (!response) return response.error();
  if (const auto* refused = std::get_if<Refused>(&*response)) {
    return to_error(refused->number, refused->text);
  }
  auto* welcome = std::get_if<Welcome>(&*response);
  if (welcome == nullptr) return broken_protocol("it gave an answer that does not belong here");
  const bool is_another = client_id_ != ClientId{} && welcome->client_id != client_id_;
  if (is_another) {
    return Error{ErrorCode::NotJoined, "the server knows this key as another client: enroll again"};
  }
  client_id_ = welcome->client_id;
  takes_waiting_ = welcome->takes_waiting;
  return std::move(*welcome);
}

Status Channel::ask_for_knock_key(const Welcome& welcome) {
  const bool wanted =
      welcome.has_knock_keys && knock_keeper_ != nullptr && knock_keeper_->wants_key();
  if (!wanted) return {};
  knock_keeper_->asked();
  const auto response = ask(encode_knock_key(client_id_, knock_key_stream));
  if (!response) return response.error();
  if (const auto* refused = std::get_if<Refused>(&*response)) {
    const Error reason = to_error(refused->number, refused->text);
    if (refused->stream == 0) return reason;
    knock_keeper_->not_given(reason);
    return {};
  }
  const auto* given = std::get_if<KnockKeyGiven>(&*response);
  if (given == nullptr || given->stream != knock_key_stream) {
    return broken_protocol("it gave an answer that does not belong here");
  }
  knock_keeper_->keep(welcome, *given);
  return {};
}

Status Channel::tell_waiting(WaitingTeller::Occasion occasion) {
  if (!takes_waiting_ || waiting_teller_ == nullptr) return {};
  const auto report = waiting_teller_->report(occasion);
  if (!report) return {};
  const Waiting waiting{report->files, report->bytes, report->failing, report->oldest, report->why};
  // Of what it took before, the server may still have something to say.
  if (const auto sent = send_all(encode_waiting(client_id_, waiting_stream, waiting)); !sent) {
    return sent;
  }
  while (true) {
    const auto response = receive();
    if (!response) return response.error();
    if (std::holds_alternative<WindowUpdate>(*response)) continue;
    if (const auto* refused = std::get_if<Refused>(&*response)) {
      if (refused->stream == 0) return to_error(refused->number, refused->text);
      return {};
    }
    const auto* done = std::get_if<Done>(&*response);
    if (done != nullptr && done->stream == waiting_stream) return {};
    return broken_protocol("it gave an answer that does not belong here");
  }
}

Result<std::optional<Response>> Channel::take() {
  while (true) {
    if (unread_.empty()) {
      const auto received = connection_.receive(buffer_);
      if (!received && decoder_.in_the_middle()) {
        return Error{received.error().code, "the connection ended in the middle of a response"};
      }
      if (!received) return received.error();
      if (*received == 0) return std::optional<Response>();
      received_ += *received;
      unread_ = ByteView(buffer_).first(*received);
    }
    auto response = decoder_.push(unread_);
    if (!response || response->has_value()) return response;
  }
}

Status Channel::wait(bool for_room, Clock::time_point deadline, int wake_fd) {
  using Interest = net::TlsConnection::Interest;
  if (!unread_.empty()) return {};
  const auto ready =
      connection_.wait(for_room ? Interest::ReadOrWrite : Interest::Read, deadline, wake_fd);
  if (!ready && ready.error().code != ErrorCode::Timeout) return ready.error();
  return {};
}

Result<Response> Channel::ask(ByteView request) {
  if (const auto sent = send_all(request); !sent) return sent.error();
  return receive();
}

Status Channel::send_all(ByteView bytes) {
  const auto deadline = Clock::now() + timeout_;
  while (!bytes.empty() || has_unsent()) {
    const auto sent = send(bytes);
    if (!sent) return sent.error();
    bytes = bytes.subspan(*sent);
    if (const auto flushed = flush(); !flushed) return flushed;
    if (!has_unsent()) continue;
    if (Clock::now() >= deadline) {
      return Error{ErrorCode::Timeout, "the server did not read in time"};
    }
    // Not for room alone: what the server says may be why it does not read.
    if (const auto waited = wait(true, deadline); !waited) return waited;
  }
  return {};
}

Result<Response> Channel::receive() {
  const auto deadline = Clock::now() + timeout_;
  while (true) {
    auto response = take();
    if (!response) return response.error();
    if (response->has_value()) return **std::move(response);
    if (Clock::now() >= deadline) {
      return Error{ErrorCode::Timeout, "the server did not answer in time"};
    }
    if (const auto waited = wait(false, deadline); !waited) return waited.error();
  }
}

}  // namespace sesame::transfer::v4
