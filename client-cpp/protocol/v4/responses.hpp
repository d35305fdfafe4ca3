#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/base64url.hpp"
#include "base/client_id.hpp"
#include "base/result.hpp"
#include "protocol/v4/codes.hpp"
#include "protocol/v4/refusals.hpp"

namespace sesame::protocol::v4 {

// docs/PROTOCOL.md 2.2, responses. Views point into the bytes that were decoded.

/// 2201.
struct Welcome {
  bool write_only = false;      // neither list nor fetch
  bool has_knock_keys = false;  // a 1111 is answered
  bool takes_waiting = false;   // a 1112 is of use
  ClientId client_id;
  std::uint32_t window = 0;    // content bytes that may be on their way
  Bytes32 receipt_key{};       // raw Ed25519
  std::uint64_t last_seq = 0;  // of the client's receipts; 0: none
  Bytes32 last_receipt{};      // SHA-256 of that receipt; zeros: none
  std::string client_name;
};

/// 2202 ■
struct Refused {
  StreamId stream = 0;  // 0: the connection
  RefusalNumber number{};
  std::string_view text;  // for people; may hold anything that is UTF-8
};

/// 2203.
struct Opened {
  enum class State : std::uint8_t { New = 0, Resumed = 1, Stored = 2 };
  StreamId stream = 0;
  State state{};
  std::uint64_t offset = 0;
  Bytes32 sha256{};  // of what is stored; zeros in the other states
};

/// 2204.
struct WindowUpdate {
  std::uint64_t taken = 0;
};

/// 2205 ■
struct ReceiptGranted {
  StreamId stream = 0;
  bool already_there = false;
  std::string_view receipt;
  ByteView signature;
};

/// 2206 ■
struct Done {
  StreamId stream = 0;
};

/// One of the entries of a 2207.
struct ListEntry {
  enum class Type : std::uint8_t { File = 0, Folder = 1 };
  Type type{};
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  // nanoseconds since 1970
  std::uint32_t mode = 0;  // the lower 12 bits of st_mode
  Bytes32 sha256{};        // zeros for a folder
  std::uint64_t seq = 0;   // of its receipt; 0 for a folder, and for a file that came by v3
  std::string path;
};

/// 2207 ■
struct Listing {
  StreamId stream = 0;
  bool more = false;
  std::vector<ListEntry> entries;
};

/// 2208.
struct FileHead {
  StreamId stream = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  Bytes32 sha256{};
  std::uint64_t seq = 0;
};

/// 2209.
struct Content {
  StreamId stream = 0;
  std::uint64_t offset = 0;
  ByteView bytes;
};

/// 2210 ■
struct KnockKeyGiven {
  StreamId stream = 0;
  std::uint16_t port = 0;  // 0: the gate is off
  Bytes32 key{};
};

using Response = std::variant<Welcome, Refused, Opened, WindowUpdate, ReceiptGranted, Done, Listing,
                              FileHead, Content, KnockKeyGiven>;

/// Fails with BadField when a field holds what it may not or does not fit, BadPath for a path.
Result<Response> decode_response(ResponseCode code, ByteView payload);

/// The stream of a response; 0 for those that are about the connection.
[[nodiscard]] StreamId stream_of(const Response& response);

}  // namespace sesame::protocol::v4
