#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <openssl/types.h>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/connection.hpp"

namespace sesame::net {

/// Who we are, and how the other side is judged.
struct TlsSettings {
  /// Looks at the certificate that the server shows. Anything but success ends the handshake with
  /// that failure, before the server has learned anything about us.
  using PeerCheck = std::function<Status(const X509& certificate)>;

  /// None, where the server is not to learn who we are.
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  std::string_view alpn;  // must be agreed
  PeerCheck check_peer;
};

/// The client's side of one TLS 1.3 connection: no session is resumed, nothing is sent early, no
/// authority is asked who the server is. Nothing here blocks but handshake() and wait(), which a
/// signal interrupts.
class TlsConnection {
 public:
  /// Fails with what check_peer says, IdentityMismatch when what answers does not speak TLS 1.3
  /// with this ALPN, ConnectionLost, Timeout or Interrupted.
  static Result<TlsConnection> handshake(Connection connection, const TlsSettings& settings,
                                         Clock::time_point deadline);

  TlsConnection(TlsConnection&&) noexcept;
  TlsConnection& operator=(TlsConnection&&) noexcept;
  ~TlsConnection();

  using Ready = Connection::Ready;
  using Interest = Connection::Interest;

  /// As Connection::wait; also until `wake_fd` is readable, if it is not −1. Answers at once with
  /// readable when received bytes wait to be decrypted.
  Result<Ready> wait(Interest interest, Clock::time_point deadline, int wake_fd = -1);

  /// Takes as much of `bytes` as there is room for, encrypts it, and hands it to the kernel in
  /// large pieces; what does not make one stays here until flush(). 0 when there is no room: then
  /// wait until it is writable. Fails with ConnectionLost.
  Result<std::size_t> send(ByteView bytes);

  /// Hands over as much as the kernel takes. Fails with ConnectionLost.
  Status flush();

  /// Whether something that send() took has not been handed over yet.
  [[nodiscard]] bool has_unsent() const;

  /// Takes what is there, 0 bytes when nothing is. Fails with ConnectionLost, at the end of the
  /// stream too.
  Result<std::size_t> receive(MutableByteView buffer);

  /// Tells the other side that we have said everything, as far as there is room to say so.
  void say_goodbye();

 private:
  struct State;
  explicit TlsConnection(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;  // OpenSSL keeps its address
};

}  // namespace sesame::net
