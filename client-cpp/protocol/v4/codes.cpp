#include "protocol/v4/codes.hpp"

#include <algorithm>
#include <array>

namespace sesame::protocol::v4 {
namespace {

/// What the header of a response may say about its payload.
struct LengthRule {
  ResponseCode code;
  std::uint32_t smallest;
  std::uint32_t largest;
  std::string_view text;
};

constexpr std::uint32_t receipt_head = 4 + 1 + 4;

constexpr std::array length_rules{
    LengthRule{ResponseCode::Welcome, 97, 496, "2201 (welcome)"},
    LengthRule{ResponseCode::Refused, 6, 1030, "2202 (refused)"},
    LengthRule{ResponseCode::Opened, 45, 45, "2203 (opened)"},
    LengthRule{ResponseCode::Window, 8, 8, "2204 (window)"},
    LengthRule{ResponseCode::Receipt, receipt_head,
               receipt_head + largest_receipt + largest_signature, "2205 (receipt)"},
    LengthRule{ResponseCode::Done, 4, 4, "2206 (done)"},
    LengthRule{ResponseCode::Listing, 9, largest_response_payload, "2207 (listing)"},
    LengthRule{ResponseCode::File, 64, 64, "2208 (file)"},
    LengthRule{ResponseCode::Content, data_head_size + 1, data_head_size + largest_block,
               "2209 (content)"},
    LengthRule{ResponseCode::KnockKey, 38, 38, "2210 (knock key)"},
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
  return size >= rule.smallest && size <= rule.largest;
}

std::string_view to_string(ResponseCode code) {
  return rule_for(code).text;
}

}  // namespace sesame::protocol::v4
