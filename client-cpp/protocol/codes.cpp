#include "protocol/codes.hpp"

#include <algorithm>
#include <array>

namespace sesame::protocol {
namespace {

/// What the header of a response may say about its payload.
struct LengthRule {
  ResponseCode code;
  std::uint32_t smallest;
  std::uint32_t largest;
  bool may_be_empty;  // some servers in the field leave the payload out
  std::string_view text;
};

constexpr std::uint32_t id_size = ClientId::size;
constexpr std::uint32_t smallest_key_size = ClientId::size + smallest_wrapped_key;
constexpr std::uint32_t largest_key_size = ClientId::size + largest_wrapped_key;

constexpr std::array length_rules{
    LengthRule{ResponseCode::Registered, id_size, id_size, false, "2100 (registered)"},
    LengthRule{ResponseCode::RegistrationRefused, 0, 0, false, "2101 (registration refused)"},
    LengthRule{ResponseCode::AesKey, smallest_key_size, largest_key_size, false, "2102 (AES key)"},
    LengthRule{ResponseCode::FileReceived, file_received_size, file_received_size, false,
               "2103 (file received)"},
    LengthRule{ResponseCode::Acknowledged, id_size, id_size, true, "2104 (acknowledged)"},
    LengthRule{ResponseCode::Reconnected, smallest_key_size, largest_key_size, false,
               "2105 (reconnected, AES key)"},
    LengthRule{ResponseCode::ReconnectRefused, id_size, id_size, true, "2106 (reconnect refused)"},
    LengthRule{ResponseCode::GeneralError, 0, 0, false, "2107 (general error)"},
};

const LengthRule& rule_for(ResponseCode code) {
  return *std::ranges::find(length_rules, code, &LengthRule::code);
}

}  // namespace

std::optional<ResponseCode> response_code(std::uint16_t number) {
  const auto code = static_cast<ResponseCode>(number);
  const auto rule = std::ranges::find(length_rules, code, &LengthRule::code);
  if (rule == length_rules.end()) return std::nullopt;
  return code;
}

bool is_payload_size(ResponseCode code, std::uint32_t size) {
  const LengthRule& rule = rule_for(code);
  if (size == 0 && rule.may_be_empty) return true;
  return size >= rule.smallest && size <= rule.largest;
}

std::string_view to_string(ResponseCode code) {
  return rule_for(code).text;
}

}  // namespace sesame::protocol
