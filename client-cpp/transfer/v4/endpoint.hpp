#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/client_id.hpp"
#include "base/host_port.hpp"
#include "crypto/pin.hpp"
#include "crypto/tls_identity.hpp"
#include "net/connector.hpp"
#include "transfer/v4/knock.hpp"
#include "transfer/v4/knock_keeper.hpp"
#include "transfer/v4/waiting_teller.hpp"

namespace sesame::transfer::v4 {

/// Where a v4 server is, who must answer there, and who we are to it.
struct Endpoint {
  HostPort server;
  net::Family family = net::Family::Any;
  /// How long the server may let us wait: for a connection, for room to send, for an answer.
  net::Duration timeout = std::chrono::seconds(60);
  /// Nothing: whoever answers is believed, and the caller keeps the pin that was seen (trust on
  /// first use). Only enrol() may be called like that.
  std::optional<crypto::Pin> pin;
  /// Outlives whatever the endpoint is given to.
  const crypto::TlsIdentity* identity = nullptr;
  /// Zeros when it is not known yet.
  ClientId client_id;
  std::optional<std::uint64_t> bytes_per_second;
  /// Before each attempt to connect, if the gate of the server is shut.
  std::optional<Knocking> knocking;
  /// None: the server is not asked for a knock key. Outlives whatever the endpoint is given to.
  KnockKeeper* knock_keeper = nullptr;
  /// None: the server is not told what waits. Outlives whatever the endpoint is given to.
  WaitingTeller* waiting_teller = nullptr;
  /// How many failures in a row are tried again before giving up.
  int retries = 10;
};

}  // namespace sesame::transfer::v4
