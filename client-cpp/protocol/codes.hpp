#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/client_id.hpp"

namespace sesame::protocol {

/// The version byte of every frame this client writes.
inline constexpr std::uint8_t protocol_version = 3;

/// docs/PROTOCOL.md 1.1, requests.
enum class RequestCode : std::uint16_t {
  Register = 1025,
  PublicKey = 1026,
  Reconnect = 1027,
  File = 1028,
  CrcCorrect = 1029,
  CrcWrong = 1030,
  CrcGivenUp = 1031,
};

/// docs/PROTOCOL.md 1.1, responses.
enum class ResponseCode : std::uint16_t {
  Registered = 2100,
  RegistrationRefused = 2101,
  AesKey = 2102,
  FileReceived = 2103,
  Acknowledged = 2104,
  Reconnected = 2105,
  ReconnectRefused = 2106,
  GeneralError = 2107,
};

// Sizes of fields, in bytes.
inline constexpr std::size_t name_field_size = 255;
inline constexpr std::size_t content_size_field_size = 4;
inline constexpr std::size_t crc_field_size = 4;
inline constexpr std::size_t smallest_public_key = 160;  // RSA-1024 with e = 3 or 17
inline constexpr std::size_t largest_public_key = 1024;
inline constexpr std::size_t smallest_wrapped_key = 128;  // the modulus of RSA-1024
inline constexpr std::size_t largest_wrapped_key = 512;   // the modulus of RSA-4096

// Sizes of payloads, in bytes.
inline constexpr std::size_t file_head_size = content_size_field_size + name_field_size;
inline constexpr std::size_t file_received_size =
    ClientId::size + content_size_field_size + name_field_size + crc_field_size;
inline constexpr std::size_t largest_response_payload = ClientId::size + largest_wrapped_key;

static_assert(file_head_size == 259);
static_assert(file_received_size == 279);
static_assert(largest_response_payload >= file_received_size);

/// The largest file of v3: padded, and with the file head before it, it must fit u32.
inline constexpr std::uint64_t largest_file = 4'294'967'023;

/// The ciphertext length for that many bytes of plaintext: PKCS#7 always adds 1 to 16 bytes.
[[nodiscard]] constexpr std::uint64_t ciphertext_size(std::uint64_t plaintext_size) {
  return (plaintext_size / 16 + 1) * 16;
}

static_assert(ciphertext_size(0) == 16);
static_assert(ciphertext_size(largest_file) + file_head_size == 4'294'967'283);
static_assert(ciphertext_size(largest_file + 1) + file_head_size > UINT32_MAX);

/// The code behind a number on the wire, or nothing for a number that v3 does not know.
[[nodiscard]] std::optional<ResponseCode> response_code(std::uint16_t number);

/// Whether a response with this code may announce so many bytes of payload.
[[nodiscard]] bool is_payload_size(ResponseCode code, std::uint32_t size);

/// For messages: `2104 (acknowledged)`.
[[nodiscard]] std::string_view to_string(ResponseCode code);

}  // namespace sesame::protocol
