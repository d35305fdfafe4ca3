#include "v4_server.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "protocol/byte_reader.hpp"

namespace sesame::test {
namespace {

using ContextHandle = OpensslHandle<SSL_CTX, SSL_CTX_free>;
using SslHandle = OpensslHandle<SSL, SSL_free>;

int accept_any_client(X509_STORE_CTX*, void*) {
  return 1;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                unsigned offered_size, void* argument) {
  const auto& wanted = *static_cast<const std::string*>(argument);
  const std::string list(reinterpret_cast<const char*>(offered), offered_size);
  const auto place = list.find(wanted);
  if (place == std::string::npos) return SSL_TLSEXT_ERR_NOACK;
  *out = offered + place;
  *size = static_cast<unsigned char>(wanted.size());
  return SSL_TLSEXT_ERR_OK;
}

bool read_all(SSL* ssl, MutableByteView out, std::atomic<std::uint64_t>& counter) {
  while (!out.empty()) {
    std::size_t count = 0;
    if (SSL_read_ex(ssl, out.data(), out.size(), &count) != 1) return false;
    counter += count;
    out = out.subspan(count);
  }
  return true;
}

}  // namespace

V4Server::V4Server(std::string alpn)
    : alpn_(std::move(alpn)),
      identity_(crypto::TlsIdentity::generate("server")),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), where, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), where, &size) != 0) {
    throw std::runtime_error("no listener for a v4 server");
  }
  port_ = ntohs(address.sin_port);
  store.maker.server = identity_.pin();
  thread_ = std::jthread([this] { serve(); });
}

V4Server::~V4Server() {
  stopped_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
}

std::vector<int> V4Server::heard() const {
  const std::lock_guard lock(heard_mutex_);
  return heard_;
}

std::string V4Server::stored(const std::string& path) {
  const std::lock_guard lock(mutex);
  const auto found = store.versions.find(path);
  return found == store.versions.end() ? "(nothing)" : found->second.content;
}

void V4Server::note(int code) {
  const std::lock_guard lock(heard_mutex_);
  heard_.push_back(code);
}

void V4Server::serve() {
  while (!stopped_) {
    const UniqueFd socket(::accept(listener_.get(), nullptr, nullptr));
    if (!socket.is_open()) return;
    const timeval patience{5, 0};  // no test waits for a client that has gone
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    note(0);
    serve_connection(socket.get());
  }
}

void V4Server::serve_connection(int socket) {
  const ContextHandle context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const ctx = context.get();
  SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
  SSL_CTX_use_certificate(ctx, identity_.certificate());
  SSL_CTX_use_PrivateKey(ctx, identity_.key());
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, accept_any_client, nullptr);
  SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, const_cast<std::string*>(&alpn_));
  const SslHandle handle(SSL_new(ctx));
  SSL* const ssl = handle.get();
  SSL_set_fd(ssl, socket);
  if (SSL_accept(ssl) != 1) return;
  {
    const std::lock_guard lock(mutex);
    store.begin_connection();
    const X509* const certificate = SSL_get0_peer_certificate(ssl);
    if (certificate != nullptr) store.maker.spki = *crypto::pin_of(*certificate);
  }
  while (!stopped_) {
    Bytes header(23);
    if (!read_all(ssl, header, bytes_received_)) return;
    protocol::ByteReader reader(header);
    V4Frame frame;
    frame.client = *ClientId::from_bytes(*reader.take(16));
    const bool version_4 = reader.u8() == 4;
    frame.code = reader.u16().value();
    frame.payload.resize(reader.u32().value());
    if (!version_4 || !read_all(ssl, frame.payload, bytes_received_)) return;
    note(frame.code);

    const std::lock_guard lock(mutex);
    const Fault fault = faults ? faults(frame) : Fault{};
    using What = Fault::What;
    if (fault.what == What::Cut) return;
    if (fault.what == What::Ignore) continue;
    const bool scripted = fault.what == What::Answer || fault.what == What::AnswerAndCut;
    const Bytes answer = scripted ? fault.answer : store.answer(frame);
    if (fault.what == What::CutBeforeAnswer) return;
    if (!answer.empty()) SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
    if (fault.what == What::AnswerAndCut) return;
  }
}

}  // namespace sesame::test
