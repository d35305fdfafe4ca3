#include "config/client_name.hpp"

#include <algorithm>

#include "base/display.hpp"
#include "base/utf8.hpp"

namespace sesame::config {
namespace {

constexpr std::size_t most_bytes = 254;  // of the 255 in a name field one is for the NUL

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

Status check_client_name(std::string_view name) {
  if (name.empty()) return Error{ErrorCode::BadName, "the client name is empty"};
  const auto characters = count_chars(name);
  if (!characters || name.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::BadName, "the client name is not UTF-8 text"};
  }
  if (*characters > longest_client_name || name.size() > most_bytes) {
    return Error{ErrorCode::BadName, "the client name is longer than 100 characters or 254 bytes"};
  }
  return {};
}

Status check_own_name(std::string_view name) {
  if (!name.empty() && name.size() <= longest_client_name && std::ranges::all_of(name, is_plain) &&
      name.front() != '.' && name.front() != '-') {
    return {};
  }
  return Error{ErrorCode::BadName,
               "no machine can call itself '" + escaped(name) +
                   "': letters, digits, . _ and - make a name, at most 100 and no . or - in front"};
}

std::string safe_client_name(std::string_view name) {
  std::string safe;
  for (const char c : name.substr(0, longest_client_name))
    safe += is_plain(c) ? c : '-';
  while (safe.ends_with('.'))
    safe.pop_back();
  safe.erase(0, std::min(safe.find_first_not_of(".-"), safe.size()));
  return safe.empty() ? "client" : safe;
}

}  // namespace sesame::config
