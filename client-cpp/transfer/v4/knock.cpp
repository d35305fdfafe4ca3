#include "transfer/v4/knock.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"
#include "net/connector.hpp"
#include "net/datagram.hpp"

namespace sesame::transfer::v4 {

using net::Clock;
using protocol::v4::Knock;
namespace {

constexpr std::string_view join_key_info = "sesame-knock/1 join";
constexpr std::size_t longest_word_answer = 1024;
/// Most servers say nothing, and close.
constexpr auto patience_for_word_answer = std::chrono::seconds(3);

std::uint64_t milliseconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// A connection takes a message of this size at once.
Status say(net::Connection& connection, ByteView message) {
  const auto sent = connection.send({&message, 1});
  if (!sent) return sent.error();
  if (*sent != message.size()) {
    return Error{ErrorCode::ConnectionLost, "the knock port does not take a message"};
  }
  connection.end_sending();
  return {};
}

}  // namespace

KnockKey KnockKey::of_join_line(const Bytes32& token) {
  const auto token_hash = crypto::sha256(token);
  KnockKey key;
  std::ranges::copy(ByteView(crypto::sha256(token_hash)).first(ClientId::size),
                    key.id.bytes.begin());
  key.key = crypto::hkdf_sha256(token_hash, join_key_info);
  return key;
}

KnockMessage sign_knock(const Knock& knock, const Bytes32& key) {
  const auto fields = protocol::v4::encode_knock(knock);
  const auto mac = crypto::hmac_sha256(key, fields);
  KnockMessage message{};
  std::ranges::copy(mac, std::ranges::copy(fields, message.begin()).out);
  return message;
}

KnockMessage Knocking::message(KnockAction action, const net::IpAddress& source) const {
  Knock knock;
  knock.action = action;
  knock.id = key.id;
  knock.time = milliseconds_since_1970();
  crypto::fill_randomly(knock.nonce);
  knock.source = source.bytes;
  return sign_knock(knock, key.key);
}

Result<net::IpAddress> Knocking::source_from(const Result<net::IpAddress>& local) const {
  if (any_source) return net::IpAddress{};
  return from ? Result(*from) : local;
}

bool Knocking::suits(const net::Address& server) const {
  return !from || from->is_v4() == net::IpAddress::of(server).is_v4();
}

Result<net::IpAddress> Knocking::knock(KnockAction action, const net::Address& server) const {
  const auto door = net::with_port(server, port);
  if (over_tcp) {
    auto connection = net::connect(door, timeout);
    if (!connection) return connection.error();
    const auto source = source_from(connection->source());
    if (!source) return source.error();
    if (const auto said = say(*connection, message(action, *source)); !said) return said.error();
    return *source;
  }
  const auto datagram = net::Datagram::to(door);
  if (!datagram) return datagram.error();
  const auto source = source_from(datagram->source());
  if (!source) return source.error();
  if (const auto sent = datagram->send(message(action, *source)); !sent) return sent.error();
  return *source;
}

net::Duration Knocking::knock_before_connecting(const net::Address& server) const {
  // Where no knock gets to, no connection does: that one says why.
  return suits(server) && knock(KnockAction::Open, server) ? pause : net::Duration::zero();
}

Result<std::string> say_knock_word(std::string_view word, const net::Address& server,
                                   net::Duration timeout) {
  auto connection = net::connect(server, timeout);
  if (!connection) return connection.error();
  const std::string line = std::string(word) + "\n";
  if (const auto said = say(*connection, bytes_of(line)); !said) return said.error();

  const auto deadline = Clock::now() + std::min<net::Duration>(timeout, patience_for_word_answer);
  std::string answer;
  while (answer.size() < longest_word_answer && !answer.ends_with('\n')) {
    const auto ready = connection->wait(net::Connection::Interest::Read, deadline);
    if (!ready && ready.error().code == ErrorCode::Interrupted) return ready.error();
    if (!ready) break;
    std::array<std::byte, longest_word_answer> buffer{};
    const auto received = connection->receive(buffer);
    if (!received) break;  // it closed, which is no failure
    answer += text_of(ByteView(buffer).first(*received));
  }
  while (answer.ends_with('\n') || answer.ends_with('\r'))
    answer.pop_back();
  return answer;
}

}  // namespace sesame::transfer::v4
