#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace sesame {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::Truncated: return "truncated";
    case ErrorCode::UnknownVersion: return "unknown-version";
    case ErrorCode::UnknownCode: return "unknown-code";
    case ErrorCode::BadPayloadSize: return "bad-payload-size";
    case ErrorCode::BadField: return "malformed";
    case ErrorCode::BadStream: return "bad-stream";
    case ErrorCode::BadPath: return "bad-path";
    case ErrorCode::BadName: return "bad-name";
    case ErrorCode::WrongClient: return "wrong-client";
    case ErrorCode::WrongEcho: return "wrong-echo";
    case ErrorCode::UnexpectedResponse: return "unexpected-response";
    case ErrorCode::BadKey: return "bad-key";
    case ErrorCode::BadCiphertext: return "bad-ciphertext";
    case ErrorCode::BadSignature: return "bad-signature";
    case ErrorCode::BadReceipt: return "bad-receipt";
    case ErrorCode::BadTransferInfo: return "bad-transfer-info";
    case ErrorCode::BadMeInfo: return "bad-me-info";
    case ErrorCode::Malformed: return "malformed";
    case ErrorCode::Resolve: return "resolve";
    case ErrorCode::Connect: return "connect";
    case ErrorCode::ConnectionLost: return "connection-lost";
    case ErrorCode::Timeout: return "timeout";
    case ErrorCode::Interrupted: return "interrupted";
    case ErrorCode::NameTaken: return "name-taken";
    case ErrorCode::Refused: return "refused";
    case ErrorCode::CrcDiffers: return "crc-differs";
    case ErrorCode::HashDiffers: return "hash-differs";
    case ErrorCode::NotJoined: return "not-joined";
    case ErrorCode::Revoked: return "revoked";
    case ErrorCode::OverQuota: return "over-quota";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::AwaitingApproval: return "awaiting-approval";
    case ErrorCode::NotFound: return "not-found";
    case ErrorCode::NotRegular: return "not-regular";
    case ErrorCode::TooLarge: return "too-large";
    case ErrorCode::Changed: return "changed";
    case ErrorCode::AlreadyExists: return "already-exists";
    case ErrorCode::OpenToOthers: return "open-to-others";
    case ErrorCode::Io: return "io";
    case ErrorCode::NoSpace: return "no-space";
    case ErrorCode::Damaged: return "damaged";
    case ErrorCode::IdentityMismatch: return "identity-mismatch";
    case ErrorCode::NoKnockKey: return "no-knock-key";
  }
  return "unknown";
}

bool is_network_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::Resolve:
    case ErrorCode::Connect:
    case ErrorCode::ConnectionLost:
    case ErrorCode::Timeout: return true;
    default: return false;
  }
}

bool is_protocol_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::Truncated:
    case ErrorCode::BadPayloadSize:
    case ErrorCode::BadField:
    case ErrorCode::BadStream:
    case ErrorCode::BadPath:
    case ErrorCode::UnknownVersion:
    case ErrorCode::UnknownCode:
    case ErrorCode::WrongClient:
    case ErrorCode::WrongEcho:
    case ErrorCode::UnexpectedResponse: return true;
    default: return false;
  }
}

Error error_from_errno(int errno_value, std::string_view what) {
  const ErrorCode code = errno_value == ENOENT   ? ErrorCode::NotFound
                         : errno_value == EEXIST ? ErrorCode::AlreadyExists
                                                 : ErrorCode::Io;
  return {code, std::string(what) + ": " + std::generic_category().message(errno_value)};
}

}  // namespace sesame
