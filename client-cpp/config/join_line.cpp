#include "config/join_line.hpp"

#include <algorithm>

namespace sesame::config {
namespace {

constexpr std::size_t longest_line = 512;
constexpr std::string_view white_space = " \t\r\n";

Error bad_join_line(std::string_view why) {
  return {ErrorCode::Malformed, "that is no join line (" + std::string(why) +
                                    "); it looks like sesame://HOST:PORT/#TOKEN.PIN and is what "
                                    "'sesamed enroll NAME' prints"};
}

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(white_space) - begin + 1);
}

/// Names and addresses, an IPv6 zone among them. Anything else (user names, paths, what looks like
/// a host and is none) has no place in an address that a stranger sent.
bool is_plain_host(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-:%").find(c) != std::string_view::npos;
  });
}

}  // namespace

Result<JoinLine> JoinLine::parse(std::string_view line) {
  line = trimmed(line);
  if (line.size() > longest_line) return bad_join_line("it is too long");
  if (!line.starts_with(scheme)) return bad_join_line("it does not begin with sesame://");
  line.remove_prefix(scheme.size());

  const auto slash = line.find("/#");
  if (slash == std::string_view::npos) return bad_join_line("it has no /# behind the address");
  auto server = HostPort::parse(line.substr(0, slash));
  if (!server || !is_plain_host(server->host)) return bad_join_line("its address is no HOST:PORT");

  const std::string_view secrets = line.substr(slash + 2);
  const auto dot = secrets.find('.');
  if (dot == std::string_view::npos) return bad_join_line("it has no dot between token and pin");
  const auto token = parse_base64url(secrets.substr(0, dot));
  if (!token) return bad_join_line("its token is not 43 characters of base64url");
  const auto pin = parse_base64url(secrets.substr(dot + 1));
  if (!pin) return bad_join_line("its pin is not 43 characters of base64url");
  return JoinLine{*std::move(server), *token, *pin};
}

}  // namespace sesame::config
