#pragma once

#include <optional>

#include "base/base64url.hpp"
#include "net/ip_address.hpp"
#include "protocol/v4/knock.hpp"
#include "protocol/v4/responses.hpp"

namespace sesame::transfer::v4 {

using protocol::v4::default_knock_port;
using protocol::v4::KnockAction;
using KnockMessage = std::array<std::byte, protocol::v4::knock_size>;

/// Who knocks, and how the server can tell.
struct KnockKey {
  ClientId id;
  Bytes32 key{};

  /// What the holder of a join line knocks with (docs/PROTOCOL.md, part 3).
  static KnockKey of_join_line(const Bytes32& token);

  friend bool operator==(const KnockKey&, const KnockKey&) = default;
};

/// A knock, signed.
[[nodiscard]] KnockMessage sign_knock(const protocol::v4::Knock& knock, const Bytes32& key);

/// How to knock.
struct Knocking {
  /// After a knock, the gate may take so long to open.
  static constexpr net::Duration pause = std::chrono::milliseconds(100);

  KnockKey key;
  std::uint16_t port = default_knock_port;
  /// As which the server sees us; nothing: the address of this machine that the message leaves
  /// with. An address of one family is no source for a server of the other.
  std::optional<net::IpAddress> from = std::nullopt;
  /// Whoever sends the message is let in; not every server takes that.
  bool any_source = false;
  bool over_tcp = false;
  /// For a TCP connection.
  net::Duration timeout = std::chrono::seconds(10);

  [[nodiscard]] bool suits(const net::Address& server) const;

  /// Sends a message of now, with a new nonce, to the knock port of that server. Gives the address
  /// that it names as its source. Nobody says whether it arrived. Fails with Connect, Timeout or
  /// Interrupted.
  [[nodiscard]] Result<net::IpAddress> knock(KnockAction action, const net::Address& server) const;

  /// For net::connect: opens, and gives the gate its time.
  [[nodiscard]] net::Duration knock_before_connecting(const net::Address& server) const;

 private:
  [[nodiscard]] KnockMessage message(KnockAction action, const net::IpAddress& source) const;
  [[nodiscard]] Result<net::IpAddress> source_from(const Result<net::IpAddress>& local) const;
};

/// Says one word to the knock port over TCP, and gives what the server answers: nothing, as a rule.
/// Fails with Connect, Timeout or Interrupted.
Result<std::string> say_knock_word(std::string_view word, const net::Address& server,
                                   net::Duration timeout);

}  // namespace sesame::transfer::v4
