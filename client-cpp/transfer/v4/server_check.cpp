#include "transfer/v4/server_check.hpp"

#include <openssl/x509.h>

namespace sesame::transfer::v4 {
namespace {

constexpr int longest_certificate = 4096;

}  // namespace

net::TlsSettings::PeerCheck expect_server(const HostPort& server,
                                          const std::optional<crypto::Pin>& pin,
                                          crypto::Pin& seen) {
  return [server, wanted = pin, &seen](const X509& certificate) -> Status {
    const auto pin_of_server = i2d_X509(&certificate, nullptr) <= longest_certificate
                                   ? crypto::pin_of(certificate)
                                   : std::nullopt;
    if (!pin_of_server) {
      return Error{ErrorCode::IdentityMismatch,
                   "what answers at " + server.to_string() + " shows no usable key"};
    }
    seen = *pin_of_server;
    if (!wanted || *wanted == seen) return {};
    return Error{ErrorCode::IdentityMismatch,
                 "what answers at " + server.to_string() +
                     " is not the server that this client knows: it has the key " +
                     seen.to_string() + ", not " + wanted->to_string() +
                     ". If its operator says that the key has changed, take the new one with a new "
                     "join line: sesame enroll JOINLINE --replace"};
  };
}

}  // namespace sesame::transfer::v4
