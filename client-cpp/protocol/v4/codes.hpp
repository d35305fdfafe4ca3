#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/client_id.hpp"

namespace sesame::protocol::v4 {

/// The version byte of every frame, in both directions.
inline constexpr std::uint8_t version = 4;

/// docs/PROTOCOL.md 2.2, requests.
enum class RequestCode : std::uint16_t {
  Hello = 1101,
  Join = 1102,
  Open = 1103,
  Data = 1104,
  Commit = 1105,
  Put = 1106,
  Cancel = 1107,
  Folder = 1108,
  List = 1109,
  Fetch = 1110,
  KnockKey = 1111,
  Waiting = 1112,
};

/// docs/PROTOCOL.md 2.2, responses.
enum class ResponseCode : std::uint16_t {
  Welcome = 2201,
  Refused = 2202,
  Opened = 2203,
  Window = 2204,
  Receipt = 2205,
  Done = 2206,
  Listing = 2207,
  File = 2208,
  Content = 2209,
  KnockKey = 2210,
};

/// A stream, chosen by the client: any number but 0.
using StreamId = std::uint32_t;

// Limits of fields, in bytes.
inline constexpr std::size_t longest_path = 4096;
inline constexpr std::size_t longest_agent = 200;
inline constexpr std::size_t longest_why = 512;        // of a 1112
inline constexpr std::size_t largest_put = 65'536;     // content of a 1106
inline constexpr std::size_t largest_block = 262'144;  // content of a 1104 or 2209
inline constexpr std::uint64_t largest_number = (std::uint64_t{1} << 53) - 1;

// What stands before the content or the path, payload bytes.
inline constexpr std::size_t hash_size = 32;
inline constexpr std::size_t data_head_size = 4 + 8;
inline constexpr std::size_t put_head_size = 4 + hash_size + 4 + 8 + 4 + 2;
inline constexpr std::size_t open_head_size = 4 + 1 + 8 + 8 + 4 + 2;
inline constexpr std::size_t folder_head_size = 4 + 8 + 4 + 2;
inline constexpr std::size_t waiting_head_size = 4 + 8 + 8 + 8 + 8;
inline constexpr std::size_t list_entry_head_size = 1 + 8 + 8 + 4 + hash_size + 8 + 2;

// Limits of 2.2 and 2.7.
inline constexpr std::size_t most_streams = 1024;
inline constexpr std::size_t most_requests = 2048;
inline constexpr std::size_t most_list_entries = 1000;
inline constexpr std::size_t largest_receipt = 32 * 1024;
inline constexpr std::size_t largest_signature = 1024;
inline constexpr std::size_t largest_response_payload = 1'048'576;

static_assert(put_head_size == 54);
static_assert(open_head_size == 27);
static_assert(folder_head_size == 18);
static_assert(waiting_head_size == 36);
static_assert(list_entry_head_size == 63);

/// The code behind a number on the wire, or nothing for a number that is none.
[[nodiscard]] std::optional<ResponseCode> response_code(std::uint16_t number);

/// Whether a response with this code may announce so many bytes of payload.
[[nodiscard]] bool is_payload_size(ResponseCode code, std::uint32_t size);

/// For messages: `2205 (receipt)`.
[[nodiscard]] std::string_view to_string(ResponseCode code);

}  // namespace sesame::protocol::v4
