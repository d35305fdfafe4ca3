#pragma once

#include <memory>
#include <optional>

#include <openssl/bio.h>

#include "base/bytes.hpp"
#include "net/connection.hpp"

namespace sesame::net {

/// What lies below TLS on one connection. Records are at most 16 KiB, and a call to the kernel for
/// each would cost more than its encryption: so they are collected, and sent many at a time.
class TlsTransport {
 public:
  /// A record with all that TLS 1.3 adds to 16 KiB of content, and something for a message of TLS's
  /// own behind it.
  static constexpr std::size_t room_for_record = (std::size_t{16} << 10) + 512;

  explicit TlsTransport(Connection connection);

  [[nodiscard]] Connection& connection() { return connection_; }

  /// How much more can be collected.
  [[nodiscard]] std::size_t room() const { return capacity - end_; }
  [[nodiscard]] bool has_unsent() const { return begin_ < end_; }

  /// Sends as much as the kernel takes. Fails with ConnectionLost.
  Status flush();

  /// How the connection broke, if it did.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  /// For SSL_set_bio, which takes it over. This object stays where it is as long as the BIO lives.
  [[nodiscard]] BIO* make_bio();

 private:
  static constexpr std::size_t capacity = std::size_t{256} << 10;

  // What OpenSSL calls.
  static const BIO_METHOD* method();
  static int on_write(BIO* bio, const char* data, std::size_t size, std::size_t* written);
  static int on_read(BIO* bio, char* data, std::size_t size, std::size_t* read);
  static long on_control(BIO* bio, int command, long number, void* pointer);

  Connection connection_;
  std::unique_ptr<std::byte[]> collected_;
  std::size_t begin_ = 0;  // of what has not been sent
  std::size_t end_ = 0;
  std::optional<Error> failure_;
};

}  // namespace sesame::net
