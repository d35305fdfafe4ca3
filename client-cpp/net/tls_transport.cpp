#include "net/tls_transport.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace sesame::net {

TlsTransport::TlsTransport(Connection connection)
    : connection_(std::move(connection)),
      collected_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

Status TlsTransport::flush() {
  if (failure_) return *failure_;
  while (has_unsent()) {
    const ByteView rest(collected_.get() + begin_, end_ - begin_);
    const auto sent = connection_.send({&rest, 1});
    if (!sent) {
      failure_ = sent.error();
      return *failure_;
    }
    begin_ += *sent;
    if (*sent < rest.size()) break;
  }
  if (!has_unsent()) begin_ = end_ = 0;
  // What is left moves only when it stands in the way, and is small by then or waited for anyway.
  if (begin_ > 0 && room() < room_for_record) {
    std::memmove(collected_.get(), collected_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  return {};
}

BIO* TlsTransport::make_bio() {
  BIO* const bio = BIO_new(method());
  if (bio == nullptr) throw std::runtime_error("OpenSSL failed in BIO_new");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

const BIO_METHOD* TlsTransport::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sesame");
    if (fresh == nullptr) throw std::runtime_error("OpenSSL failed in BIO_meth_new");
    BIO_meth_set_write_ex(fresh, on_write);
    BIO_meth_set_read_ex(fresh, on_read);
    BIO_meth_set_ctrl(fresh, on_control);
    return fresh;
  }();
  return made;
}

int TlsTransport::on_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  auto& self = *static_cast<TlsTransport*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.room() < size && !self.flush()) return 0;
  const std::size_t count = std::min(size, self.room());
  if (count == 0) {
    BIO_set_retry_write(bio);
    return 0;
  }
  std::memcpy(self.collected_.get() + self.end_, data, count);
  self.end_ += count;
  *written = count;
  return 1;
}

int TlsTransport::on_read(BIO* bio, char* data, std::size_t size, std::size_t* read) {
  auto& self = *static_cast<TlsTransport*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.failure_) return 0;
  const auto received = self.connection_.receive(std::as_writable_bytes(std::span(data, size)));
  if (!received) {
    self.failure_ = received.error();
    return 0;
  }
  if (*received == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *read = *received;
  return 1;
}

long TlsTransport::on_control(BIO*, int command, long, void*) {
  // OpenSSL flushes after each message of a handshake; who drives the handshake does that.
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace sesame::net
