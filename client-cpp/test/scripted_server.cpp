#include "scripted_server.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "crypto/crc32.hpp"
#include "crypto/openssl_handles.hpp"
#include "protocol/byte_reader.hpp"
#include "protocol/byte_writer.hpp"
#include "protocol/codes.hpp"
#include "protocol/header.hpp"

namespace sesame::test {
namespace {

using protocol::ByteReader;
using protocol::ByteWriter;

constexpr std::array<std::byte, 16> aes_key{std::byte{1}, std::byte{2}, std::byte{3}};

bool read_all(int socket, MutableByteView out) {
  while (!out.empty()) {
    const ssize_t count = ::recv(socket, out.data(), out.size(), 0);
    if (count <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

Bytes response(std::uint16_t code, ByteView payload) {
  Bytes frame(protocol::ResponseHeader::size + payload.size());
  ByteWriter writer(frame);
  writer.u8(3);
  writer.u16(code);
  writer.u32(static_cast<std::uint32_t>(payload.size()));
  writer.put(payload);
  return frame;
}

Bytes joined(ByteView first, ByteView second) {
  Bytes both(first.begin(), first.end());
  both.insert(both.end(), second.begin(), second.end());
  return both;
}

Bytes wrap_aes_key(ByteView public_key) {
  using namespace crypto;
  const auto* next = reinterpret_cast<const unsigned char*>(public_key.data());
  const PkeyHandle key(d2i_PUBKEY(nullptr, &next, static_cast<long>(public_key.size())));
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  require(EVP_PKEY_encrypt_init(context.get()) == 1, "EVP_PKEY_encrypt_init");
  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING);
  Bytes wrapped(512);
  std::size_t size = wrapped.size();
  require(
      EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char*>(wrapped.data()), &size,
                       reinterpret_cast<const unsigned char*>(aes_key.data()), aes_key.size()) == 1,
      "EVP_PKEY_encrypt");
  wrapped.resize(size);
  return wrapped;
}

/// 0:16 client id, 16:4 content size, 20:255 name, 275:4 CRC.
Bytes file_received(const ScriptedServer::Request& request) {
  ByteReader reader(request.payload);
  const auto content_size = reader.u32();
  const auto name = reader.take(protocol::name_field_size);
  crypto::ZlibCrc crc;
  crc.update(reader.rest());
  Bytes payload(protocol::file_received_size);
  ByteWriter writer(payload);
  writer.put(ByteView(request.header).first(ClientId::size));
  writer.u32(content_size.value());
  writer.put(name.value());
  writer.u32(crc.value());
  return payload;
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<Step> script)
    : client_id(*ClientId::parse("a1b2c3d4e5f647189a8b7c6d5e4f3a2b")),
      script_(std::move(script)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), where, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), where, &size) != 0) {
    throw std::runtime_error("no listener for a scripted server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
}

std::vector<int> ScriptedServer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void ScriptedServer::note(int code) {
  const std::lock_guard lock(mutex_);
  heard_.push_back(code);
}

void ScriptedServer::serve() {
  bool go_on = true;
  while (go_on) {
    const UniqueFd socket(::accept(listener_.get(), nullptr, nullptr));
    if (!socket.is_open()) return;
    note(0);
    go_on = serve_connection(socket.get());
  }
}

bool ScriptedServer::serve_connection(int socket) {
  while (true) {
    Request request;
    request.header.resize(protocol::RequestHeader::size);
    if (!read_all(socket, request.header)) return true;
    ByteReader reader(ByteView(request.header).subspan(ClientId::size + 1));
    request.code = reader.u16().value();
    request.payload.resize(reader.u32().value());
    note(request.code);
    if (next_ == script_.size() || script_[next_].expected != request.code) return false;
    if (!read_all(socket, request.payload)) return true;

    if (request.code == 1026) {
      const auto key = ByteView(request.payload).subspan(protocol::name_field_size);
      public_key.assign(key.begin(), key.end());
    }
    if (request.code == 1028) file_answer = file_received(request);
    const Step& step = script_[next_++];
    const Bytes answer = step.answer(*this, request);
    if (!answer.empty()) ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (step.then == Then::Close) return true;
  }
}

Step registers() {
  return {1025, [](auto& server, auto&) { return response(2100, server.client_id.bytes); }};
}

Step sends_key() {
  return {1026, [](auto& server, auto&) {
            return response(2102, joined(server.client_id.bytes, wrap_aes_key(server.public_key)));
          }};
}

Step reconnects() {
  return {1027, [](auto& server, auto&) {
            return response(2105, joined(server.client_id.bytes, wrap_aes_key(server.public_key)));
          }};
}

Step sends_file(Then then) {
  return {1028, [](auto& server, auto&) { return response(2103, server.file_answer); }, then};
}

Step sends_file_answered(std::size_t at, std::byte with) {
  return {1028, [at, with](auto& server, auto&) {
            Bytes payload = server.file_answer;
            payload.at(at) = with;
            return response(2103, payload);
          }};
}

Step sends_file_in_vain() {
  return {1028, [](auto& server, auto&) {
            Bytes payload = server.file_answer;
            payload.back() = ~payload.back();
            return response(2103, payload);
          }};
}

Step answered(std::uint16_t request, std::uint16_t code, std::size_t payload, Then then) {
  return {request,
          [code, payload](auto& server, auto&) {
            return response(code, ByteView(server.client_id.bytes).first(payload));
          },
          then};
}

Step unanswered(std::uint16_t request, Then then) {
  return {request, [](auto&, auto&) { return Bytes(); }, then};
}

Step closing(Step step) {
  step.then = Then::Close;
  return step;
}

}  // namespace sesame::test
