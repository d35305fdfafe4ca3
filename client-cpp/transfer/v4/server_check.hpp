#pragma once

#include <optional>

#include "base/host_port.hpp"
#include "crypto/pin.hpp"
#include "net/tls_connection.hpp"

namespace sesame::transfer::v4 {

/// Judges a server by the pin of its key, and notes that pin in `seen`, which outlives the check.
/// Without a pin, whoever answers is believed. Fails with IdentityMismatch.
[[nodiscard]] net::TlsSettings::PeerCheck expect_server(const HostPort& server,
                                                        const std::optional<crypto::Pin>& pin,
                                                        crypto::Pin& seen);

}  // namespace sesame::transfer::v4
