#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace sesame::protocol::v4 {

/// docs/PROTOCOL.md 2.8.
enum class RefusalNumber : std::uint16_t {
  Malformed = 1,
  UnknownCode = 2,
  WrongClientId = 3,
  NotJoined = 4,
  TokenRefused = 5,
  NameTaken = 6,
  BadName = 7,
  JoinRefused = 8,
  Revoked = 9,
  Busy = 10,
  Draining = 11,
  BadPath = 12,
  PathConflict = 13,
  TooLarge = 14,
  DiskFull = 15,
  StorageFailed = 16,
  Superseded = 17,
  BadStream = 18,
  BadOffset = 19,
  WrongSize = 20,
  WrongHash = 21,
  NotFound = 22,
  WriteOnly = 23,
  Exists = 24,
  WindowExceeded = 25,
  Internal = 26,
  Blocked = 27,
  AwaitingApproval = 28,
  OverQuota = 29,
  AppendOnly = 30,
};

/// What a client does about a refusal.
enum class Remedy {
  TryLater,   // the server may do it another time
  StartOver,  // the content did not arrive as it was meant
  GiveUp,     // final, for this operation
  Stop,       // final, for this client
  Breach,     // one side does not keep to the protocol
};

/// `wrong-hash` and the like; nothing for a number that this client does not know.
[[nodiscard]] std::optional<std::string_view> name_of(RefusalNumber number);

/// A number that this client does not know is final for the operation.
[[nodiscard]] Remedy remedy_for(RefusalNumber number);

/// The error that a refusal is for callers: its class, and a sentence with the name of the refusal,
/// what the server wrote, and what to do next.
[[nodiscard]] Error to_error(RefusalNumber number, std::string_view text);

}  // namespace sesame::protocol::v4
