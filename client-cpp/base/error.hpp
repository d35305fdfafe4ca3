#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sesame {

/// What went wrong, as a class that callers decide on. `to_string` gives its stable text, which for
/// bytes and texts that are refused is the class that test/vectors/ names.
enum class ErrorCode {
  // Bytes that break the protocol
  Truncated,
  UnknownVersion,
  UnknownCode,
  BadPayloadSize,
  BadField,  // "malformed"
  BadStream,
  BadPath,
  BadName,
  WrongClient,
  WrongEcho,
  UnexpectedResponse,

  // Cryptography
  BadKey,
  BadCiphertext,
  BadSignature,
  BadReceipt,

  // Text that the user writes or keeps
  BadTransferInfo,
  BadMeInfo,
  Malformed,

  // The network
  Resolve,
  Connect,
  ConnectionLost,
  Timeout,
  Interrupted,

  // The server's answer
  NameTaken,
  Refused,
  CrcDiffers,
  HashDiffers,
  NotJoined,
  Revoked,
  OverQuota,
  Unavailable,       // not now; another time it may
  AwaitingApproval,  // when somebody has decided, it may

  // Local files
  NotFound,
  NotRegular,
  TooLarge,
  Changed,
  AlreadyExists,
  OpenToOthers,
  Io,
  NoSpace,
  Damaged,
  IdentityMismatch,
  NoKnockKey,
};

[[nodiscard]] std::string_view to_string(ErrorCode code);

/// Worth trying again over a new connection.
[[nodiscard]] bool is_network_fault(ErrorCode code);

/// The server said something that the protocol does not allow here.
[[nodiscard]] bool is_protocol_fault(ErrorCode code);

/// A failure: its class, and a sentence for people that says what happened, to which thing, and
/// what to do next where that is not plain.
struct Error {
  ErrorCode code;
  std::string message;
};

/// `path: No such file or directory` and the like, from an errno value.
[[nodiscard]] Error error_from_errno(int errno_value, std::string_view what);

}  // namespace sesame
