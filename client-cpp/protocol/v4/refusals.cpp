#include "protocol/v4/refusals.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/display.hpp"

namespace sesame::protocol::v4 {
namespace {

struct Row {
  RefusalNumber number;
  std::string_view name;
  Remedy remedy;
  ErrorCode code;
  std::string_view advice;
};

using N = RefusalNumber;
using R = Remedy;
using E = ErrorCode;

// clang-format off
constexpr std::array rows{
    Row{N::Malformed,      "malformed",       R::Breach,    E::UnexpectedResponse, "client and server understand the protocol differently: update both"},
    Row{N::UnknownCode,    "unknown-code",    R::Breach,    E::UnexpectedResponse, "client and server understand the protocol differently: update both"},
    Row{N::WrongClientId,  "wrong-client-id", R::Stop,      E::NotJoined,          "this key belongs to another client id: enroll again"},
    Row{N::NotJoined,      "not-joined",      R::Stop,      E::NotJoined,          "enroll first: sesame enroll LINE"},
    Row{N::TokenRefused,   "token-refused",   R::Stop,      E::Refused,            "the join line is unknown, used or expired: get a new one"},
    Row{N::NameTaken,      "name-taken",      R::Stop,      E::NameTaken,          "join under another name"},
    Row{N::BadName,        "bad-name",        R::Stop,      E::BadName,            "join under another name"},
    Row{N::JoinRefused,    "join-refused",    R::Stop,      E::Refused,            "this server wants a join line: ask its operator for one"},
    Row{N::Revoked,        "revoked",         R::Stop,      E::Revoked,            "the operator of the server has revoked this client"},
    Row{N::Busy,           "busy",            R::TryLater,  E::Unavailable,        "try again later"},
    Row{N::Draining,       "draining",        R::TryLater,  E::Unavailable,        "the server is stopping: try again later"},
    Row{N::BadPath,        "bad-path",        R::GiveUp,    E::Refused,            "the server takes no such path: rename it"},
    Row{N::PathConflict,   "path-conflict",   R::GiveUp,    E::Refused,            "a file stands there where a folder is wanted, or the reverse"},
    Row{N::TooLarge,       "too-large",       R::GiveUp,    E::Refused,            "it has more bytes than the server takes"},
    Row{N::DiskFull,       "disk-full",       R::TryLater,  E::Unavailable,        "the server needs more space"},
    Row{N::StorageFailed,  "storage-failed",  R::TryLater,  E::Unavailable,        "the server could not store it: its log says why"},
    Row{N::Superseded,     "superseded",      R::GiveUp,    E::Refused,            "another upload of this client took over the path"},
    Row{N::BadStream,      "bad-stream",      R::Breach,    E::UnexpectedResponse, "client and server understand the protocol differently: update both"},
    Row{N::BadOffset,      "bad-offset",      R::Breach,    E::UnexpectedResponse, "client and server understand the protocol differently: update both"},
    Row{N::WrongSize,      "wrong-size",      R::StartOver, E::HashDiffers,        "what arrived is not what was sent"},
    Row{N::WrongHash,      "wrong-hash",      R::StartOver, E::HashDiffers,        "what arrived is not what was sent"},
    Row{N::NotFound,       "not-found",       R::GiveUp,    E::NotFound,           "this client has stored nothing there"},
    Row{N::WriteOnly,      "write-only",      R::GiveUp,    E::Refused,            "this client may upload, but not list or fetch"},
    Row{N::Exists,         "exists",          R::GiveUp,    E::Refused,            "another version stands there, and the server keeps it"},
    Row{N::WindowExceeded, "window-exceeded", R::Breach,    E::UnexpectedResponse, "client and server understand the protocol differently: update both"},
    Row{N::Internal,       "internal",        R::TryLater,  E::Unavailable,        "a fault of the server: its log says more"},
    Row{N::Blocked,        "blocked",         R::TryLater,  E::Unavailable,        "the server's guard has shut this client out for a while: try again later, or ask its operator ('sesamed guard unblock')"},
    Row{N::AwaitingApproval, "awaiting-approval", R::Stop, E::AwaitingApproval,     "the operator of the server has to approve this machine: 'sesamed clients approve'; then run this again"},
    Row{N::OverQuota,      "over-quota",      R::GiveUp,    E::OverQuota,          "the operator can raise the limit ('sesamed policies set') or make room"},
    Row{N::AppendOnly,     "append-only",     R::GiveUp,    E::Refused,            "what is stored stays as it is there: send it under another name"},
};
// clang-format on

const Row* row_for(RefusalNumber number) {
  const auto row = std::ranges::find(rows, number, &Row::number);
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

std::optional<std::string_view> name_of(RefusalNumber number) {
  const Row* const row = row_for(number);
  if (row == nullptr) return std::nullopt;
  return row->name;
}

Remedy remedy_for(RefusalNumber number) {
  const Row* const row = row_for(number);
  return row == nullptr ? Remedy::GiveUp : row->remedy;
}

Error to_error(RefusalNumber number, std::string_view text) {
  const Row* const row = row_for(number);
  std::string message = "the server refused it";
  message += row == nullptr ? " (error " + std::to_string(static_cast<unsigned>(number)) + ")"
                            : " (" + std::string(row->name) + ")";
  if (!text.empty()) message += ": " + escaped(text);
  if (row != nullptr) message += "; " + std::string(row->advice);
  return {row == nullptr ? ErrorCode::Refused : row->code, std::move(message)};
}

}  // namespace sesame::protocol::v4
