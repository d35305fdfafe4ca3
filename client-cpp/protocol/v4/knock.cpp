#include "protocol/v4/knock.hpp"

#include <stdexcept>
#include <string_view>

#include "protocol/byte_writer.hpp"
#include "protocol/v4/codes.hpp"

namespace sesame::protocol::v4 {
namespace {

constexpr std::string_view knock_mark = "SKN1";
constexpr std::size_t reserved_size = 3;

}  // namespace

std::array<std::byte, knock_signed_size> encode_knock(const Knock& knock) {
  if (knock.time > largest_number) throw std::length_error("a time above 2^53 - 1");
  std::array<std::byte, knock_signed_size> message{};
  ByteWriter writer(message);
  writer.put(bytes_of(knock_mark));
  writer.u8(static_cast<std::uint8_t>(knock.action));
  writer.zeros(reserved_size);
  writer.put(knock.id.bytes);
  writer.u64(knock.time);
  writer.put(knock.nonce);
  writer.put(knock.source);
  return message;
}

}  // namespace sesame::protocol::v4
