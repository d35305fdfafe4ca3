#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "net/tls_connection.hpp"
#include "protocol/v4/response_decoder.hpp"
#include "transfer/token_bucket.hpp"
#include "transfer/v4/endpoint.hpp"
#include "transfer/v4/enrol.hpp"

namespace sesame::transfer::v4 {

/// One connection to a v4 server, seen as frames out and responses in.
///
/// Fails, wherever it says "network": ConnectionLost, Timeout, Interrupted; and wherever it says
/// "protocol": as ResponseDecoder does.
class Channel {
 public:
  /// Connects and proves who is who, without a word of our own. Fails with Resolve, Connect,
  /// ConnectionLost, Timeout, Interrupted, or IdentityMismatch when another server answers or what
  /// answers is no v4 server.
  static Result<Channel> open(const Endpoint& endpoint);

  /// 1101; then 1111, if this client wants a knock key. Fails with NotJoined, Revoked, Unavailable,
  /// network, protocol.
  Result<protocol::v4::Welcome> login();
  /// 1102. Fails as enrol().
  Result<protocol::v4::Welcome> join(const JoinRequest& request);

  /// 1111, if this client wants a knock key and the server has one for it. Fails with network,
  /// protocol; that the server refuses is told to who keeps the key.
  Status ask_for_knock_key(const protocol::v4::Welcome& welcome);

  /// 1112, if there is something to tell, and the server takes it; nothing else may be under way.
  /// Fails with network, protocol; that the server refuses it is no failure.
  Status tell_waiting(WaitingTeller::Occasion occasion);

  /// Takes as much of `bytes` as there is room for: 0 when wait() must come first. They may stay
  /// here until flush().
  Result<std::size_t> send(ByteView bytes) { return connection_.send(bytes); }
  /// As much as the kernel takes.
  Status flush() { return connection_.flush(); }
  [[nodiscard]] bool has_unsent() const { return connection_.has_unsent(); }

  /// The next response if all of it is there already; what it points to is valid until the next
  /// call.
  Result<std::optional<protocol::v4::Response>> take();

  /// Until the server said something or there is room to send (if that is of interest), or
  /// `wake_fd` is readable (if it is not −1), or `deadline` has passed, which is no failure here.
  Status wait(bool for_room, net::Clock::time_point deadline, int wake_fd = -1);

  /// Sends all of a small request, then waits for the next response.
  Result<protocol::v4::Response> ask(ByteView request);
  Status send_all(ByteView bytes);
  Result<protocol::v4::Response> receive();

  /// We have said everything.
  void say_goodbye() { connection_.say_goodbye(); }

  [[nodiscard]] const crypto::Pin& server_pin() const { return server_pin_; }
  /// Bytes of content and frames that came and went, for who watches for silence.
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  Channel(net::TlsConnection connection, const Endpoint& endpoint, crypto::Pin server_pin);
  Result<protocol::v4::Welcome> welcomed(ByteView request);

  net::TlsConnection connection_;
  net::Duration timeout_;
  ClientId client_id_;
  crypto::Pin server_pin_;
  KnockKeeper* knock_keeper_;
  WaitingTeller* waiting_teller_;
  bool takes_waiting_ = false;
  protocol::v4::ResponseDecoder decoder_;
  std::vector<std::byte> buffer_;
  ByteView unread_;  // of the buffer
  std::uint64_t received_ = 0;
};

}  // namespace sesame::transfer::v4
