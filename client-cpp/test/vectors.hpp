#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "base/hex.hpp"

namespace sesame::test {

using Json = nlohmann::json;

/// The vectors of one file of test/vectors, as `v3/names.json`; the server's tests read them too.
[[nodiscard]] Json vectors(const std::string& file);

[[nodiscard]] inline Bytes bytes_from_hex(const std::string& digits) {
  Bytes bytes(digits.size() / 2);
  if (!from_hex(digits, bytes)) throw std::invalid_argument("not hex: " + digits);
  return bytes;
}

[[nodiscard]] inline Bytes hex_field(const Json& vector, const char* field) {
  return bytes_from_hex(vector.at(field).get<std::string>());
}

/// "ok", or the class of the failure.
template <typename T>
[[nodiscard]] std::string outcome(const T& result) {
  return result ? "ok" : std::string(to_string(result.error().code));
}

}  // namespace sesame::test
