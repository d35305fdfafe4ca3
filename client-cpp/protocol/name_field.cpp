#include "protocol/name_field.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace sesame::protocol {

Result<NameField> encode_name(std::string_view name) {
  if (name.empty()) return Error{ErrorCode::BadName, "the name is empty"};
  if (name.size() > longest_name) {
    return Error{ErrorCode::BadName, "the name has " + std::to_string(name.size()) +
                                         " bytes; protocol v3 carries at most 254"};
  }
  if (!is_utf8(name) || name.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::BadName, "the name is not UTF-8 text"};
  }
  NameField field{};
  std::ranges::copy(bytes_of(name), field.begin());
  return field;
}

Result<std::string> decode_name(ByteView field) {
  const auto end = std::ranges::find(field, std::byte{0});
  if (end == field.end()) return Error{ErrorCode::BadName, "a name field has no NUL"};
  const std::string_view name = text_of(field.first(static_cast<std::size_t>(end - field.begin())));
  if (name.empty()) return Error{ErrorCode::BadName, "a name field is empty"};
  if (!is_utf8(name)) return Error{ErrorCode::BadName, "a name field is not UTF-8"};
  return std::string(name);
}

}  // namespace sesame::protocol
