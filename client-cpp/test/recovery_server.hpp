#pragma once

#include <functional>
#include <string>
#include <thread>

#include <openssl/ssl.h>

#include "base/openssl.hpp"
#include "crypto/tls_identity.hpp"
#include "knock_door.hpp"

namespace sesame::test {

/// The knock port of a server as one who wants to be freed finds it: TLS for one client, which
/// shows no certificate. What it said can be looked at when this has been finished.
class RecoveryServer {
 public:
  explicit RecoveryServer(std::string answer, std::string alpn = "sesame-recover/1")
      : answer_(std::move(answer)),
        alpn_(std::move(alpn)),
        identity_(crypto::TlsIdentity::generate("server")),
        door_(SOCK_STREAM),
        thread_([this] { serve(); }) {}

  [[nodiscard]] HostPort address() const { return {"127.0.0.1", door_.port()}; }
  [[nodiscard]] crypto::Pin pin() const { return identity_.pin(); }

  /// All that the client said through TLS, to its end.
  [[nodiscard]] std::string heard() {
    if (thread_.joinable()) thread_.join();
    return heard_;
  }

 private:
  static int choose(SSL*, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void* argument) {
    const auto& wanted = *static_cast<const std::string*>(argument);
    const std::string_view list(reinterpret_cast<const char*>(offered), offered_size);
    const auto place = list.find(wanted);
    if (place == std::string_view::npos) return SSL_TLSEXT_ERR_NOACK;
    *out = offered + place;
    *size = static_cast<unsigned char>(wanted.size());
    return SSL_TLSEXT_ERR_OK;
  }

  void serve() {
    const UniqueFd socket = door_.connection();
    const OpensslHandle<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    SSL_CTX_use_certificate(context.get(), identity_.certificate());
    SSL_CTX_use_PrivateKey(context.get(), identity_.key());
    SSL_CTX_set_alpn_select_cb(context.get(), choose, &alpn_);
    const OpensslHandle<SSL, SSL_free> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket.get());
    if (SSL_accept(ssl.get()) != 1) return;
    char next = 0;
    while (!heard_.ends_with('\n') && SSL_read(ssl.get(), &next, 1) == 1)
      heard_ += next;
    if (!heard_.ends_with('\n')) return;
    if (!answer_.empty()) SSL_write(ssl.get(), answer_.data(), static_cast<int>(answer_.size()));
    SSL_shutdown(ssl.get());
    while (SSL_read(ssl.get(), &next, 1) == 1)
      heard_ += next;
  }

  std::string answer_;
  std::string alpn_;
  crypto::TlsIdentity identity_;
  KnockDoor door_;
  std::string heard_;
  std::jthread thread_;
};

}  // namespace sesame::test
