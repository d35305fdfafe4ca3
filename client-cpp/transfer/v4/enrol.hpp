#pragma once

#include <optional>
#include <string>

#include "base/base64url.hpp"
#include "protocol/v4/responses.hpp"
#include "transfer/v4/endpoint.hpp"

namespace sesame::transfer::v4 {

using protocol::v4::Welcome;

/// How a client asks to be taken in (docs/PROTOCOL.md 2.3).
struct JoinRequest {
  /// From a join line; nothing: the server lets this address join.
  std::optional<Bytes32> token;
  /// 1 to 254 bytes. The token of one machine brings its own; that of many does not.
  std::string name;
};

/// What a server says to one who is in.
struct Greeting {
  Welcome welcome;         // client id, name, receipt key and its last receipt
  crypto::Pin server_pin;  // that was seen; equal to the endpoint's if it has one
};

/// Joins, over one connection, without trying again: 1102. A key that is known already is welcome
/// too, and costs no token. Fails with Refused (token-refused, join-refused), AwaitingApproval,
/// NameTaken, BadName, Revoked, or as Channel::open().
Result<Greeting> enrol(const Endpoint& endpoint, const JoinRequest& request);

/// What came of asking where the operator of the server decides.
struct Asked {
  std::optional<Greeting> greeting;  // nothing: he has not decided yet
  crypto::Pin server_pin;            // of who answered
};

/// As enrol(), but that waiting for the operator is no failure.
Result<Asked> ask_to_join(const Endpoint& endpoint, const JoinRequest& request);

/// Logs in and out again: 1101. Tells whether the server is there and knows us. Fails with
/// NotJoined, Revoked, or as Channel::open().
Result<Greeting> greet(const Endpoint& endpoint);

}  // namespace sesame::transfer::v4
