#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/base64url.hpp"
#include "base/bytes.hpp"
#include "base/client_id.hpp"
#include "protocol/header.hpp"
#include "protocol/name_field.hpp"
#include "protocol/v4/codes.hpp"

namespace sesame::protocol::v4 {

// docs/PROTOCOL.md 2.2, requests. Functions that give Bytes give a whole frame. What is too long
// for its field, or a number above 2^53 − 1, is a fault of the program.

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// What a file or folder is, apart from its content.
struct Attributes {
  std::int64_t mtime = 0;  // nanoseconds since 1970
  std::uint32_t mode = 0;  // the lower 12 bits of st_mode

  friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// 1101.
[[nodiscard]] Bytes encode_hello(const ClientId& id, std::string_view agent);

/// 1102. Without a token: open joining.
[[nodiscard]] Bytes encode_join(const ClientId& id, const std::optional<Bytes32>& token,
                                const NameField& name);

/// 1103. Without a size: it is not known.
[[nodiscard]] Bytes encode_open(const ClientId& id, StreamId stream,
                                std::optional<std::uint64_t> size, bool start_over,
                                Attributes attributes, std::string_view path);

/// What stands before the content of a 1104.
inline constexpr std::size_t data_frame_head_size = RequestHeader::size + data_head_size;

/// 1104 up to where its content begins; `out` has data_frame_head_size bytes.
void encode_data_head(MutableByteView out, const ClientId& id, StreamId stream,
                      std::uint64_t offset, std::size_t content_size);

/// 1105.
[[nodiscard]] Bytes encode_commit(const ClientId& id, StreamId stream, std::uint64_t size,
                                  const Bytes32& sha256);

/// How many bytes a 1106 has before its content.
[[nodiscard]] constexpr std::size_t put_frame_head_size(std::size_t path_size) {
  return RequestHeader::size + put_head_size + path_size;
}

/// 1106 up to where its content begins; `out` has put_frame_head_size() bytes.
void encode_put_head(MutableByteView out, const ClientId& id, StreamId stream,
                     const Bytes32& sha256, std::size_t content_size, Attributes attributes,
                     std::string_view path);

/// Writes another stream into a frame that has one.
void set_stream(MutableByteView frame, StreamId stream);

/// 1107.
[[nodiscard]] Bytes encode_cancel(const ClientId& id, StreamId stream, bool drop);

/// 1108.
[[nodiscard]] Bytes encode_folder(const ClientId& id, StreamId stream, Attributes attributes,
                                  std::string_view path);

/// 1109. An empty path lists everything; an empty `after` gives the first page.
[[nodiscard]] Bytes encode_list(const ClientId& id, StreamId stream, std::string_view path,
                                std::string_view after);

/// 1110.
[[nodiscard]] Bytes encode_fetch(const ClientId& id, StreamId stream, std::uint64_t offset,
                                 std::string_view path);

/// 1111.
[[nodiscard]] Bytes encode_knock_key(const ClientId& id, StreamId stream);

/// How a watcher is (docs/FLEET.md 3).
struct Waiting {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failing = 0;  // files that were refused or failed, and folders
  std::int64_t oldest = 0;  // since when the oldest waits, nanoseconds since 1970; 0: nothing waits
  std::string_view why;     // what is wrong: UTF-8; what is too long is cut
};

/// 1112.
[[nodiscard]] Bytes encode_waiting(const ClientId& id, StreamId stream, const Waiting& waiting);

}  // namespace sesame::protocol::v4
