#include "base/host_port.hpp"

#include <algorithm>
#include <charconv>

#include "base/display.hpp"

namespace sesame {
namespace {

Error not_an_address(std::string_view text) {
  return {ErrorCode::Malformed,
          "'" + escaped(text) + "' is no HOST:PORT (examples: 127.0.0.1:1357, [::1]:1357)"};
}

bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::none_of(host, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '[' || c == ']';
  });
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

Result<HostPort> HostPort::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return not_an_address(text);

  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets nobody can tell where an IPv6 address ends and the port begins.
  const bool ambiguous = !bracketed && host.find(':') != std::string_view::npos;
  if (!port || ambiguous || !is_host(host)) return not_an_address(text);
  return HostPort{std::string(host), *port};
}

std::string HostPort::to_string() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace sesame
