#include "net/tls_connection.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/openssl.hpp"
#include "net/tls_transport.hpp"

namespace sesame::net {
namespace {

constexpr std::size_t largest_record = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t read_ahead = std::size_t{128} << 10;
// The first is what processors have instructions for; a server may insist on another.
constexpr const char* cipher_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/// What OpenSSL has to say, for people.
std::string reason_of_openssl() {
  const unsigned long code = ERR_peek_last_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "unknown reason" : text;
}

/// An ALPN list with one entry.
std::string wire_format(std::string_view alpn) {
  return static_cast<char>(alpn.size()) + std::string(alpn);
}

}  // namespace

struct TlsConnection::State {
  explicit State(Connection connection) : transport(std::move(connection)) {}

  TlsTransport transport;
  TlsSettings::PeerCheck check_peer;
  std::optional<Error> refused_peer;  // why check_peer was not content
  OpensslHandle<SSL_CTX, SSL_CTX_free> context;
  OpensslHandle<SSL, SSL_free> ssl;
  bool may_hold_more = false;  // receive() stopped before everything was decrypted

  void set_up(const TlsSettings& settings) {
    context.reset(SSL_CTX_new(TLS_client_method()));
    require(context != nullptr, "SSL_CTX_new");
    SSL_CTX* const ctx = context.get();
    require(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1, "set_min_proto_version");
    require(SSL_CTX_set_ciphersuites(ctx, cipher_suites) == 1, "SSL_CTX_set_ciphersuites");
    if (settings.key != nullptr) {
      require(SSL_CTX_use_certificate(ctx, settings.certificate) == 1, "SSL_CTX_use_certificate");
      require(SSL_CTX_use_PrivateKey(ctx, settings.key) == 1, "SSL_CTX_use_PrivateKey");
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(ctx, &State::verify, this);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, read_ahead);

    ssl.reset(SSL_new(ctx));
    require(ssl != nullptr, "SSL_new");
    const std::string protocols = wire_format(settings.alpn);
    require(SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                                static_cast<unsigned>(protocols.size())) == 0,
            "SSL_set_alpn_protos");
    BIO* const bio = transport.make_bio();
    SSL_set_bio(ssl.get(), bio, bio);
  }

  /// In place of OpenSSL's own judgement, which is about authorities and dates.
  static int verify(X509_STORE_CTX* store, void* argument) {
    auto& self = *static_cast<State*>(argument);
    const X509* const certificate = X509_STORE_CTX_get0_cert(store);
    const Status content = certificate != nullptr
                               ? self.check_peer(*certificate)
                               : Error{ErrorCode::IdentityMismatch, "no certificate was shown"};
    if (content) return 1;
    self.refused_peer = content.error();
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
  }

  [[nodiscard]] bool has_agreed_on(std::string_view alpn) const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
    return std::string_view(reinterpret_cast<const char*>(chosen), size) == alpn;
  }

  /// Why the handshake cannot go on.
  [[nodiscard]] Error handshake_failure() const {
    if (refused_peer) return *refused_peer;
    if (transport.failure()) return *transport.failure();
    return {ErrorCode::IdentityMismatch,
            "what answers there is no Sesame server that this client can trust (" +
                reason_of_openssl() + "); check host and port"};
  }

  /// Why the connection is of no more use.
  [[nodiscard]] Error lost() const {
    if (transport.failure()) return *transport.failure();
    return {ErrorCode::ConnectionLost, "the connection broke: " + reason_of_openssl()};
  }
};

TlsConnection::TlsConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsConnection::TlsConnection(TlsConnection&&) noexcept = default;
TlsConnection& TlsConnection::operator=(TlsConnection&&) noexcept = default;
TlsConnection::~TlsConnection() = default;

Result<TlsConnection> TlsConnection::handshake(Connection connection, const TlsSettings& settings,
                                               Clock::time_point deadline) {
  auto state = std::make_unique<State>(std::move(connection));
  state->check_peer = settings.check_peer;
  state->set_up(settings);
  TlsTransport& transport = state->transport;
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(state->ssl.get());
    const int why = SSL_get_error(state->ssl.get(), result);
    const auto failure = state->handshake_failure();
    const auto flushed = transport.flush();  // an alert, too
    if (result == 1) {
      if (!flushed) return flushed.error();
      break;
    }
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return failure;
    const auto interest = transport.has_unsent() ? Interest::ReadOrWrite : Interest::Read;
    if (const auto ready = transport.connection().wait(interest, deadline); !ready) {
      return ready.error();
    }
  }
  if (!state->has_agreed_on(settings.alpn)) {
    return Error{ErrorCode::IdentityMismatch,
                 "the server does not speak " + std::string(settings.alpn) + "; is it older?"};
  }
  return TlsConnection(std::move(state));
}

Result<TlsConnection::Ready> TlsConnection::wait(Interest interest, Clock::time_point deadline,
                                                 int wake_fd) {
  if (state_->may_hold_more) return Ready{.readable = true, .writable = false};
  return state_->transport.connection().wait(interest, deadline, wake_fd);
}

Result<std::size_t> TlsConnection::send(ByteView bytes) {
  TlsTransport& transport = state_->transport;
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    if (transport.room() < TlsTransport::room_for_record) {
      if (const auto flushed = transport.flush(); !flushed) return flushed.error();
      if (transport.room() < TlsTransport::room_for_record) break;
    }
    ERR_clear_error();
    std::size_t written = 0;
    const std::size_t count = std::min(bytes.size() - taken, largest_record);
    if (SSL_write_ex(state_->ssl.get(), bytes.data() + taken, count, &written) != 1) {
      return state_->lost();  // there was room, so nothing is worth waiting for
    }
    taken += written;
  }
  return taken;
}

Status TlsConnection::flush() {
  return state_->transport.flush();
}

bool TlsConnection::has_unsent() const {
  return state_->transport.has_unsent();
}

Result<std::size_t> TlsConnection::receive(MutableByteView buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    ERR_clear_error();
    std::size_t read = 0;
    SSL* const ssl = state_->ssl.get();
    const int result = SSL_read_ex(ssl, buffer.data() + filled, buffer.size() - filled, &read);
    if (result != 1) {
      state_->may_hold_more = false;
      const int why = SSL_get_error(ssl, result);
      // What came before the end is handed out first; the next call meets the end again.
      if (filled > 0 || why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) break;
      if (why == SSL_ERROR_ZERO_RETURN) {
        return Error{ErrorCode::ConnectionLost, "the server closed the connection"};
      }
      return state_->lost();
    }
    filled += read;
    state_->may_hold_more = SSL_has_pending(ssl) == 1;
    if (!state_->may_hold_more) break;
  }
  return filled;
}

void TlsConnection::say_goodbye() {
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  static_cast<void>(state_->transport.flush());
}

}  // namespace sesame::net
